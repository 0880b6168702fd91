/** The programs of docs/library.md, as they stand there. */
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {send} from '../helpers/clients/control.js';
import {createRig, type Rig} from '../helpers/rig.js';
import {blocks, inRoot} from './page.js';

const [restarting = '', following = '', own = ''] = blocks('docs/library.md');

/** A program of the page, beside an ssd whose control socket is in the rig. */
async function place(t: ExecutionContext, text: string) {
  const rig = await createRig(t);
  mkdirSync(rig.path('node_modules'));
  symlinkSync(inRoot('.'), rig.path('node_modules/ssd-superdaemon'));
  const control = `control: ${JSON.stringify(rig.control)}`;
  writeFileSync(
    rig.path('program.mjs'),
    text.replace("name: 'app'", control).replace("name: 'own'", control),
  );
  const program: readonly [string, string] = [process.execPath, rig.path('program.mjs')];
  return {rig, program};
}

async function serve(rig: Rig) {
  const ssd = rig.ssd(['--interval=0.1'], ['sleep', '1000']);
  await ssd.line(/generation 1 is ready/);
  return ssd;
}

test('the client restarts, and says how that ended', async t => {
  const {rig, program} = await place(t, restarting);
  await serve(rig);
  const {code, stdout, stderr} = await rig.run(program);
  t.deepEqual([code, stdout], [0, 'completed 2\n'], stderr);
  t.regex(stderr, /^spawned$/m);
});

test('the client that follows sees what happens until ssd has stopped', async t => {
  const {rig, program} = await place(t, following);
  await serve(rig);
  const run = rig.start(['sh', '-c', 'exec "$@" >&2', 'sh', ...program]);
  await run.line(/^\S+ spawned$/);
  await send(rig, 'restart');
  await send(rig, 'stop');
  await run.line(/^\S+ restart-ended$/);
  await run.line(/^\S+ stopped$/);
  t.is((await run.exit()).code, 0);
});

test('an ssd in a program starts, restarts and stops', async t => {
  const {rig, program} = await place(t, own);
  const {code, stdout, stderr} = await rig.run(program);
  t.deepEqual([code, stdout], [0, 'completed\n'], stderr);
});

test('every code of the table is one of the source', t => {
  const page = readFileSync(inRoot('docs/library.md'), 'utf8');
  const source = readFileSync(inRoot('src/shared/words/errors.ts'), 'utf8');
  const rows = [...page.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|/gm)].map(([, first = '']) => first);
  const codes = rows.flatMap(first => first.match(/[a-z-]+/g) ?? []);
  t.true(codes.length > 10);
  for (const code of codes) t.regex(source, new RegExp(`^  '?${code}'?: \\{`, 'm'));
});
