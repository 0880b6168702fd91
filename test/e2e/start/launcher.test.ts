/** The launcher of the programs: they run by any path and with any sh, or say in one line why they cannot. */
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {transformSync} from 'esbuild';
import {copyPackage} from '../../helpers/package-copy.js';
import {createRig, type Rig, ROOT, SSCTL, SSD} from '../../helpers/rig.js';

const {version, engines} = JSON.parse(readFileSync(join(dirname(SSD), '../../../package.json'), 'utf8'));
const VERSION = {code: 0, signal: null, stdout: `${version}\n`, stderr: ''};
const NEEDS = engines.node.replace('>=', '');

/** A directory with a `node` that is this one, as PATH. */
function pathWithNode(rig: Rig): string {
  mkdirSync(rig.path('nodes'));
  symlinkSync(process.execPath, rig.path('nodes/node'));
  return rig.path('nodes');
}

for (const place of ['plain', 'with a blank', 'with\na newline', "with a 'quote", 'with $(false) `false`']) {
  test(`the programs run from a directory whose name is ${JSON.stringify(place)}`, async t => {
    const rig = await createRig(t);
    mkdirSync(rig.path(place));
    copyPackage(rig.path(`${place}/package`));
    symlinkSync(`package/dist/bundle/bin/ssctl.cjs`, rig.path(`${place}/one`));
    symlinkSync('one', rig.path(`${place}/two`));
    const env = {PATH: `${pathWithNode(rig)}:/usr/bin:/bin`};
    t.deepEqual(await rig.run([rig.path(`${place}/two`), '--version'], {env}), VERSION);
    t.deepEqual(await rig.run(['./two', '--version'], {env, cwd: rig.path(place)}), VERSION);
    // A name of PATH that is relative: what sh is given begins with it.
    const relative = {env: {PATH: `${place}:${env.PATH}`}, cwd: rig.directory};
    t.deepEqual(await rig.run(['/bin/sh', '-c', 'exec two --version'], relative), VERSION);
  });
}

test('arguments come as they are', async t => {
  const rig = await createRig(t);
  const odd = ['--no-such\n option=$(id)', ' "*" \\'];
  const {code, stderr} = await rig.runSsd(odd);
  t.is(code, 2);
  t.true(stderr.includes('no-such'), stderr);
  const ssd = rig.ssd(
    [],
    ['/bin/sh', '-c', 'printf "%s|" "$@" >&2; echo >&2; exec sleep 1000', 'sh', ...odd, ''],
  );
  t.truthy(await ssd.line(/^--no-such$/));
  t.truthy(await ssd.line(/^ option=\$\(id\)\| "\*" \\\|\|$/));
});

test('the Node beside the link is taken, and one in PATH where there is none', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('bin'));
  symlinkSync(SSCTL, rig.path('bin/ssctl'));
  const program = [rig.path('bin/ssctl'), '--version'];
  const env = {PATH: rig.path('empty')};
  t.deepEqual(await rig.run(program, {env}), {
    code: 1,
    signal: null,
    stdout: '',
    stderr: `ssctl: cannot find node in PATH or beside ${rig.path('bin/ssctl')}: install Node ${NEEDS} or newer\n`,
  });
  t.deepEqual(await rig.run(program, {env: {PATH: pathWithNode(rig)}}), VERSION);
  mkdirSync(rig.path('bin/node'));
  t.deepEqual(await rig.run(program, {env: {PATH: rig.path('nodes')}}), VERSION, 'a directory is no Node');
});

test('the Node beside the link comes before one in PATH', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('wrong'));
  writeFileSync(rig.path('wrong/node'), '#!/bin/sh\necho wrong\n', {mode: 0o755});
  const bin = pathWithNode(rig);
  symlinkSync(SSCTL, join(bin, 'ssctl'));
  const env = {PATH: `${rig.path('wrong')}:/usr/bin:/bin`};
  t.deepEqual(await rig.run([join(bin, 'ssctl'), '--version'], {env}), VERSION);
});

/** A Node that says it is another one. If that is an old one, it has no module whose name begins with `node:`. */
function pretend(rig: Rig, claimed: string): string[] {
  const script = `for (const [key, of, value] of [['version', process, 'v${claimed}'],
    ['versions', process, {...process.versions, node: '${claimed}'}]]) Object.defineProperty(of, key, {value});`;
  const old = `const modules = require('module'), load = modules._load; modules._load = (name, ...rest) => {
    if (name.startsWith('node:')) throw new Error(name + ' is not known'); return load(name, ...rest); };`;
  writeFileSync(rig.path('pretend.cjs'), Number.parseInt(claimed, 10) < 16 ? script + old : script);
  return [process.execPath, '--require', rig.path('pretend.cjs')];
}

for (const claimed of ['4.9.1', '12.22.12', '16.20.2', '18.20.8', '20.18.3']) {
  test(`Node ${claimed} is refused with one line`, async t => {
    const rig = await createRig(t);
    for (const [name, path] of Object.entries({ssd: SSD, ssctl: SSCTL})) {
      t.deepEqual(await rig.run([...pretend(rig, claimed), path, '--version']), {
        code: 1,
        signal: null,
        stdout: '',
        stderr: `${name} needs Node ${NEEDS} or newer, and this is v${claimed}\n`,
      });
    }
  });
}

for (const claimed of ['20.19.0', '21.0.0', '22.0.0', '100.0.0']) {
  test(`Node ${claimed} is not refused`, async t => {
    const rig = await createRig(t);
    t.deepEqual(await rig.run([...pretend(rig, claimed), SSCTL, '--version']), VERSION);
  });
}

test('an old Node can parse the code that refuses it', t => {
  for (const path of [SSD, SSCTL]) {
    const text = readFileSync(path, 'utf8');
    const read = (target: string) => transformSync(text, {target}).code;
    t.is(read('es2015'), read('esnext'));
  }
});

const BROKEN: Readonly<Record<string, (modules: string) => void>> = {
  'that is not there': () => {},
  'whose binary is not there': modules => {
    mkdirSync(join(modules, 'koffi'), {recursive: true});
    writeFileSync(join(modules, 'koffi/index.js'), 'throw new Error("Cannot find the native Koffi module")');
  },
  'that is for another libc': modules => {
    mkdirSync(join(modules, 'koffi'), {recursive: true});
    writeFileSync(join(modules, 'koffi/koffi.node'), 'no library at all\n'.repeat(100));
    writeFileSync(join(modules, 'koffi/index.js'), 'module.exports = require("./koffi.node")');
  },
};

for (const [what, breaking] of Object.entries(BROKEN)) {
  test(`a native module ${what} is told in one line`, async t => {
    const rig = await createRig(t);
    copyPackage(rig.directory, {modules: false});
    breaking(rig.path('node_modules'));
    const program = rig.path('dist/bundle/bin/ssd.cjs');
    const {code, stdout, stderr} = await rig.run([process.execPath, program, '--', 'sleep', '1000']);
    t.deepEqual({code, stdout}, {code: 1, stdout: ''});
    t.regex(stderr, /^ssd: cannot load koffi, the module for system calls \([^\n]+\); install [^\n]+\n$/);
  });
}

test('a native module that a package manager has put elsewhere, behind a link, is found', async t => {
  const rig = await createRig(t);
  copyPackage(rig.directory, {modules: false});
  mkdirSync(rig.path('node_modules'));
  symlinkSync(join(ROOT, 'node_modules/koffi'), rig.path('node_modules/koffi'));
  // Standard error is a pipe here. Without help, Node does not follow the link then (nodejs/node#51142).
  const ssd = rig.start([
    process.execPath,
    rig.path('dist/bundle/bin/ssd.cjs'),
    `--control=${rig.control}`,
    '--',
    'sleep',
    '1000',
  ]);
  t.truthy(await ssd.line(/generation 1 spawned/));
});

async function runsBy(t: ExecutionContext, shell: readonly string[]): Promise<void> {
  const rig = await createRig(t);
  const env = {PATH: `${pathWithNode(rig)}:/usr/bin:/bin`, NODE_OPTIONS: '--require=/nonexistent'};
  t.deepEqual(await rig.run([...shell, SSCTL, '--version'], {env}), VERSION);
  t.deepEqual(await rig.run([...shell, SSD, '--version'], {env}), VERSION);
}

test('bash runs the launcher', runsBy, ['bash', '--posix']);
test('dash runs the launcher', runsBy, ['sh']);
