/** Compiled code that was kept runs only when it is whole and nobody else can have put it there. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {EXPECTED, type Installed, install, keptIn, PROGRAM, SSCTL} from '../../helpers/package-copy.js';
import type {Rig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

type Planted = Installed & {readonly path: string; readonly says: () => Promise<string>};

const MARK = 'marked--------';

/**
 * An installation in which the kept code is that of another program, which says something else. V8 compares the length
 * of the source and does not see it, so what a run says tells whether the code was used.
 */
async function plant(t: ExecutionContext): Promise<Planted> {
  const installed = await install(t);
  const {rig, version} = installed;
  const program = rig.path(PROGRAM);
  const write = (text: string) => {
    writeFileSync(program, text, 'latin1');
    utimesSync(program, 1e9, 1e9);
  };
  const text = readFileSync(program, 'latin1');
  const marked = text.replace('printLines([packageVersion()])', `printLines(["${MARK}"])`);
  t.is(marked.length, text.length);
  write(marked);
  t.is(await version(), `${MARK}\n`);
  write(text);
  const path = keptIn(installed.cache).first;
  const says = async () => {
    // With this in its environment it keeps nothing.
    const env = {NODE_OPTIONS: '--no-warnings'};
    const {code, signal, stdout} = await rig.run([process.execPath, rig.path(SSCTL), '--version'], {env});
    t.deepEqual({code, signal}, {code: 0, signal: null});
    return stdout;
  };
  t.is(await says(), `${MARK}\n`, 'what is in order is used');
  return {...installed, path, says};
}

test('a wrong bit does no harm, wherever it is', async t => {
  const {path, says} = await plant(t);
  const whole = readFileSync(path);
  const places = Array.from({length: 50}, () => Math.floor(Math.random() * whole.length * 8));
  for (const place of places) {
    const content = Buffer.from(whole);
    content[place >> 3] = (content[place >> 3] ?? 0) ^ (1 << (place & 7));
    writeFileSync(path, content);
    t.is(await says(), EXPECTED, `bit ${place}`);
  }
});

const NOT_BELIEVED: Readonly<Record<string, (path: string, rig: Rig) => void>> = {
  'a directory in its place': path => {
    rmSync(path);
    mkdirSync(path);
  },
  'a symbolic link to it': (path, rig) => {
    renameSync(path, rig.path('moved'));
    symlinkSync(rig.path('moved'), path);
  },
  'a cache that is a link': (path, rig) => {
    renameSync(dirname(path), rig.path('moved'));
    symlinkSync(rig.path('moved'), dirname(path));
  },
  'code that its group can write': path => chmodSync(path, 0o664),
  'code that all can write': path => chmodSync(path, 0o646),
  'a cache that its group can write': path => chmodSync(dirname(path), 0o775),
  'a cache that all can write': path => chmodSync(dirname(path), 0o1777),
};

for (const [what, change] of Object.entries(NOT_BELIEVED)) {
  test(`${what} is not used`, async t => {
    const {path, rig, says, version} = await plant(t);
    change(path, rig);
    t.is(await says(), EXPECTED);
    t.is(await version(), EXPECTED);
  });
}

test('a FIFO in its place keeps nobody waiting', async t => {
  const {path, rig, says} = await plant(t);
  rmSync(path);
  t.is((await rig.run(['mkfifo', path])).code, 0);
  t.is(await says(), EXPECTED);
});

for (const [what, which] of Object.entries({'code of a stranger': '.', 'a cache of a stranger': '..'})) {
  asRoot(`${what} is not run by root`, async t => {
    const {path, says} = await plant(t);
    chownSync(join(path, which), STRANGER, STRANGER);
    t.is(await says(), EXPECTED);
  });
}

asRoot('what root has kept serves everybody', async t => {
  const {rig} = await plant(t);
  const {stdout} = await rig.run([process.execPath, rig.path(SSCTL), '--version'], {uid: STRANGER});
  t.is(stdout, `${MARK}\n`);
});
