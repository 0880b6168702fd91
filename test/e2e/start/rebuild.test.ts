/** The programs are built anew while they are used: `npx ssctl` in a checkout has npm run `prepare`. */
import {spawnSync} from 'node:child_process';
import {appendFileSync, mkdirSync, readdirSync, statSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {EXPECTED, PROGRAM, SSCTL} from '../../helpers/package-copy.js';
import {createRig, ROOT} from '../../helpers/rig.js';

/** What the bundle is made of. */
const PARTS = ['package.json', 'scripts', 'src/launch', 'src/daemon/http/page', 'dist/src', 'dist/bundle'];

async function checkout(t: ExecutionContext) {
  const rig = await createRig(t);
  for (const part of PARTS) {
    mkdirSync(dirname(rig.path(part)), {recursive: true});
    const {status} = spawnSync('cp', ['-R', '-p', join(ROOT, part), rig.path(part)]);
    if (status !== 0) throw new Error(`cannot copy ${part}`);
  }
  symlinkSync(join(ROOT, 'node_modules'), rig.path('node_modules'));
  const bundle = () => rig.run([process.execPath, 'scripts/bundle.mjs'], {cwd: rig.directory});
  return {rig, bundle, written: () => statSync(rig.path(PROGRAM)).mtimeMs};
}

test('a program can be started at any moment while it is built anew', async t => {
  const {rig, bundle, written} = await checkout(t);
  const before = written();
  appendFileSync(rig.path('dist/src/ctl/main.js'), 'globalThis.rebuilt = true;\n');
  let over = false;
  const building = bundle().finally(() => {
    over = true;
  });
  while (!over) {
    const {code, stdout, stderr} = await rig.run([process.execPath, rig.path(SSCTL), '--version']);
    t.deepEqual({code, stdout, stderr}, {code: 0, stdout: EXPECTED, stderr: ''});
  }
  t.is((await building).code, 0);
  t.true(written() > before);
});

test('what would not change is not written, and nothing else is left', async t => {
  const {rig, bundle, written} = await checkout(t);
  // The paths in it are those of the copy from then on.
  await bundle();
  const before = written();
  t.deepEqual({...(await bundle())}, {code: 0, signal: null, stdout: '', stderr: ''});
  t.is(written(), before);
  t.deepEqual(readdirSync(rig.path('dist')).sort(), ['bundle', 'src']);
});
