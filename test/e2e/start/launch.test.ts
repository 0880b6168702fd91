/** The programs run from a cache of compiled code where one can be kept, and without it elsewhere. */
import {
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {EXPECTED, type Installed, install, keptIn, PROGRAM, SSCTL} from '../../helpers/package-copy.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The file with the code of the part that runs, after a first run. */
async function keptBy({cache, version}: Installed): Promise<string> {
  await version();
  return keptIn(cache).first;
}

test('the first run keeps the compiled code, and the next one takes it as it is', async t => {
  const {cache, version} = await install(t);
  t.is(await version(), EXPECTED);
  const {first, later} = keptIn(cache);
  t.regex(basename(first), /^ssctl-[0-9a-f]{16}-\d+-v\d+\.\d+\.\d+-\w+-[0-9a-f]{8}$/);
  t.regex(basename(later), /^ssctl-later-[0-9a-f]{16}-\d+-v\d+\.\d+\.\d+-\w+-[0-9a-f]{8}$/);
  const before = statSync(first);
  t.is(await version(), EXPECTED);
  t.deepEqual(keptIn(cache), {first, later});
  t.is(statSync(first).ino, before.ino);
});

test('the code of the later part is used, and made anew if it is not in order', async t => {
  const {rig, cache, version} = await install(t);
  await version();
  const {later} = keptIn(cache);
  const listed = () => rig.run([process.execPath, rig.path(SSCTL), 'completion', 'bash']);
  const expected = await listed();
  t.is(expected.code, 0);
  const before = statSync(later);
  t.deepEqual(await listed(), expected);
  t.is(statSync(later).ino, before.ino);
  writeFileSync(later, '');
  t.deepEqual(await listed(), expected);
  t.true(statSync(later).size > 0.9 * before.size);
});

test('a part of another build is refused', async t => {
  const {rig} = await install(t);
  const path = rig.path('dist/bundle/lib/ssctl-later.cjs');
  const other = readFileSync(path, 'utf8').replace(/pair = "[0-9a-f]{16}"/, 'pair = "0123456789abcdef"');
  writeFileSync(path, other);
  const {code, stderr} = await rig.run([process.execPath, rig.path(SSCTL), 'completion', 'bash']);
  t.is(code, 1);
  t.regex(stderr, /^ssctl: [^\n]*the program was replaced while it started[^\n]*\n$/);
});

/** Whether a run made the file anew, as it does if it does not trust the file. */
async function isReplaced({version}: Installed, path: string, t: ExecutionContext): Promise<boolean> {
  const before = lstatSync(path, {bigint: true});
  t.is(await version(), EXPECTED);
  const after = lstatSync(path, {bigint: true});
  return after.ino !== before.ino || after.ctimeNs !== before.ctimeNs;
}

test('incomplete code is not used, and is replaced', async t => {
  const installed = await install(t);
  const path = await keptBy(installed);
  const whole = readFileSync(path);
  const {length} = whole;
  const broken = [0, 1, 2, length / 2, length / 2 - 1, length - 1, length - 2].map(size =>
    whole.subarray(0, size),
  );
  const zeros = Buffer.alloc(length);
  const badBlock = Buffer.from(whole).fill(0, 4096, 8192);
  for (const content of [...broken, Buffer.from('nonsense'), zeros, badBlock]) {
    writeFileSync(path, content);
    t.true(await isReplaced(installed, path, t), `${content.length} bytes`);
    t.true(statSync(path).size > 0.9 * length);
    t.false(await isReplaced(installed, path, t));
  }
});

test('what another V8 has kept is refused and replaced', async t => {
  const installed = await install(t);
  const path = await keptBy(installed);
  const half = readFileSync(path).subarray(0, statSync(path).size / 2);
  // The head has V8's version, its flags and the length of the source. It is twice the same, so that only V8 can refuse it.
  for (const at of [0, 4, 8, 12]) {
    const other = Buffer.from(half);
    other.writeUInt32LE((other.readUInt32LE(at) ^ 0x5555) >>> 0, at);
    writeFileSync(path, Buffer.concat([other, other]));
    t.true(await isReplaced(installed, path, t), `byte ${at}`);
  }
});

test('what was kept for other options of Node is not used', async t => {
  const {rig, version, cache} = await install(t);
  await version();
  const run = () => rig.run([process.execPath, '--max-semi-space-size=2', rig.path(SSCTL), '--version']);
  for (const _ of ['kept', 'used']) {
    t.is((await run()).stdout, EXPECTED);
    t.is(readdirSync(cache).length, 4);
  }
});

test('a text that is given to Node and loads a program runs once', async t => {
  const {rig} = await install(t);
  const runs = rig.path('runs');
  const text = `
    const fs = require('node:fs');
    fs.appendFileSync(${JSON.stringify(runs)}, '.');
    if (fs.statSync(${JSON.stringify(runs)}).size > 1) process.exit();
    process.argv.splice(1, 0, 'ssctl');
    require(${JSON.stringify(rig.path(SSCTL))});`;
  for (const option of ['-e', '--eval', '-p', '--print', '-pe']) {
    rmSync(runs, {force: true});
    const {stdout} = await rig.run([process.execPath, option, text, '--', '--version']);
    t.true(stdout.includes(EXPECTED), stdout);
    t.is(readFileSync(runs, 'utf8'), '.', option);
  }
});

test('where the code is to be kept, a link is replaced and not followed', async t => {
  const installed = await install(t);
  const path = await keptBy(installed);
  rmSync(path);
  symlinkSync(installed.rig.path('target'), path);
  t.is(await installed.version(), EXPECTED);
  t.true(lstatSync(path).isFile());
  t.false(readdirSync(installed.rig.directory).includes('target'));
});

test('under umask 0, nobody else can write what is kept', async t => {
  const {rig, cache} = await install(t);
  const {code} = await rig.run(['/bin/sh', '-c', 'umask 0; exec "$@"', 'sh', rig.path(SSCTL), '--version']);
  t.is(code, 0);
  t.is(statSync(cache).mode & 0o7777, 0o755);
  for (const name of readdirSync(cache)) t.is(statSync(join(cache, name)).mode & 0o7777, 0o644);
});

test('ssd listens before it loads the modules of Node that take a millisecond or more', t => {
  const first = readFileSync(join(root, 'dist/bundle/lib/ssd.cjs'), 'utf8');
  const required = new Set([...first.matchAll(/\brequire\("(?:node:)?(\w+)"\)/g)].map(([, name]) => name));
  t.true(required.has('fs'));
  for (const slow of ['net', 'stream', 'tty', 'crypto', 'v8']) t.false(required.has(slow), slow);
});

test('a program that runs does not change the flags of its own V8', t => {
  for (const path of [SSCTL, PROGRAM]) {
    t.false(readFileSync(join(root, path), 'utf8').includes('setFlagsFromString'), path);
  }
});

test('code that makes V8 abort never gets its name', async t => {
  const {rig, cache, version} = await install(t);
  // Only the process that tries the code out gets the argument `prove`.
  const compiler = rig.path('dist/bundle/lib/compile-ahead.cjs');
  writeFileSync(
    compiler,
    `if (process.argv[4] === 'prove') process.abort();\n${readFileSync(compiler, 'utf8')}`,
  );
  t.is(await version(), EXPECTED);
  t.deepEqual(readdirSync(cache), []);
});

test('the next compiler removes what a killed one has left', async t => {
  const installed = await install(t);
  const path = await keptBy(installed);
  for (const [name, at] of Object.entries({old: 1e9, new: Date.now() / 1000})) {
    writeFileSync(`${path}.${name}`, '');
    utimesSync(`${path}.${name}`, at, at);
  }
  writeFileSync(path, '');
  t.is(await installed.version(), EXPECTED);
  const found = readdirSync(installed.cache).filter(name => !name.includes('-later-'));
  t.deepEqual(found.sort(), [basename(path), `${basename(path)}.new`]);
});

test('a compiler that dies leaves the programs as they are', async t => {
  const {rig, cache, version} = await install(t);
  writeFileSync(rig.path('dist/bundle/lib/compile-ahead.cjs'), 'process.abort();');
  t.is(await version(), EXPECTED);
  t.deepEqual(readdirSync(cache), []);
});

test('a program that was changed in its place is what runs', async t => {
  const {rig, cache, version} = await install(t);
  await version();
  const program = rig.path(PROGRAM);
  const changed = readFileSync(program, 'utf8').replace('no command is given', 'no order is handed');
  writeFileSync(program, changed);
  const {stderr} = await rig.run([process.execPath, rig.path(SSCTL)]);
  t.regex(stderr, /no order is handed/);
  t.is(readdirSync(cache).length, 3);
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
    const {stderr} = await rig.run([process.execPath, rig.path(SSCTL), 'status'], {
      env: {SSD_DEBUG: '1'},
    });
    t.true(stderr.includes(`at main (${program}:${line}:`), `${run}: ${stderr}`);
  }
});

test('a user who cannot write into the package can run the programs', async t => {
  const {rig, cache, version} = await install(t);
  // Not a directory: even root can put nothing into it.
  writeFileSync(cache, '');
  t.is(await version(), EXPECTED);
  t.is(readFileSync(cache, 'utf8'), '');
  t.deepEqual(readdirSync(rig.path('dist')).sort(), ['bundle', 'cache']);
});

asRoot('a user who does not own the package leaves nothing in it', async t => {
  const {rig, version} = await install(t);
  chownSync(rig.path('dist'), STRANGER, STRANGER);
  t.is(await version(), EXPECTED);
  t.deepEqual(readdirSync(rig.path('dist')), ['bundle']);
});
