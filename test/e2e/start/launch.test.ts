/** The programs run from a cache of compiled code where one can be kept, and without it elsewhere. */
import {
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {createRig, type Rig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

type Installed = {readonly rig: Rig; readonly cache: string; readonly version: () => Promise<string>};

/** A copy of the package as it is installed. */
async function install(t: ExecutionContext): Promise<Installed> {
  const rig = await createRig(t);
  const copy = (path: string) => cpSync(join(root, path), rig.path(path), {recursive: true});
  mkdirSync(rig.path('dist'));
  copy('package.json');
  copy('dist/bundle');
  symlinkSync(join(root, 'node_modules'), rig.path('node_modules'));
  const version = async () => {
    const {code, stdout, stderr} = await rig.run([process.execPath, rig.path(SSCTL), '--version']);
    t.deepEqual({code, stderr}, {code: 0, stderr: ''});
    return stdout;
  };
  return {rig, cache: rig.path('dist/cache'), version};
}

const SSCTL = 'dist/bundle/bin/ssctl.cjs';
const PROGRAM = 'dist/bundle/lib/ssctl.cjs';
const {version: VERSION} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const EXPECTED = `${VERSION}\n`;

test('the first run keeps the compiled code, and the next one takes it as it is', async t => {
  const {cache, version} = await install(t);
  t.is(await version(), EXPECTED);
  const [kept = '', ...others] = readdirSync(cache);
  t.deepEqual(others, []);
  t.regex(kept, /^ssctl-[0-9a-f]{16}-\d+-v\d+\.\d+\.\d+-\w+$/);
  const before = statSync(join(cache, kept));
  t.is(await version(), EXPECTED);
  t.deepEqual(readdirSync(cache), [kept]);
  t.is(statSync(join(cache, kept)).ino, before.ino);
});

test('what V8 refuses is replaced', async t => {
  const {cache, version} = await install(t);
  await version();
  const [kept = ''] = readdirSync(cache);
  const path = join(cache, kept);
  const {size} = statSync(path);
  for (const broken of ['', 'nonsense', readFileSync(path).subarray(0, size / 2)]) {
    writeFileSync(path, broken);
    t.is(await version(), EXPECTED);
    const mended = statSync(path);
    t.true(mended.size > 0.9 * size);
    t.is(await version(), EXPECTED);
    t.is(statSync(path).ino, mended.ino);
  }
});

test('a program that was changed in its place is what runs', async t => {
  const {rig, cache, version} = await install(t);
  await version();
  const program = rig.path(PROGRAM);
  const changed = readFileSync(program, 'utf8').replace('no command is given', 'no order is handed');
  writeFileSync(program, changed);
  const {stderr} = await rig.run([process.execPath, rig.path(SSCTL)]);
  t.regex(stderr, /no order is handed/);
  t.is(readdirSync(cache).length, 2);
});

test('an error shows where in the program it was', async t => {
  const {rig} = await install(t);
  const program = rig.path(PROGRAM);
  const marked = readFileSync(program, 'utf8').replace(
    /^async function main\(args\) \{$/m,
    '$&\nthrow new Error("here");',
  );
  const line = marked.split('\n').findIndex(text => text.includes('"here"')) + 1;
  t.true(line > 0);
  writeFileSync(program, marked);
  for (const run of ['compiled', 'kept']) {
    const {stderr} = await rig.run([process.execPath, rig.path(SSCTL), 'status']);
    t.true(stderr.includes(`at main (${program}:${line}:`), `${run}: ${stderr}`);
  }
});

test('a user who cannot write into the package can run the programs', async t => {
  const {rig, cache, version} = await install(t);
  // Not a directory: root, too, can put nothing into it.
  writeFileSync(cache, '');
  t.is(await version(), EXPECTED);
  t.is(readFileSync(cache, 'utf8'), '');
  t.deepEqual(readdirSync(rig.path('dist')).sort(), ['bundle', 'cache']);
});

asRoot('who does not own the package leaves nothing in it', async t => {
  const {rig, version} = await install(t);
  chownSync(rig.path('dist'), STRANGER, STRANGER);
  t.is(await version(), EXPECTED);
  t.deepEqual(readdirSync(rig.path('dist')), ['bundle']);
});
