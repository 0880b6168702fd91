import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createEnvironmentReader} from '../../../src/daemon/workers/environment.js';
import type {Env} from '../../../src/shared/instance-paths.js';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const readEnvironment = (base: Env) => createEnvironmentReader(base).read();

function envdir(t: ExecutionContext, files: Readonly<Record<string, string | Buffer>>): string {
  const directory = join(temporaryDirectory(t), 'env');
  mkdirSync(directory);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

test('a file is a variable, its first line the value; an empty file is no variable', t => {
  const ENVDIR = envdir(t, {
    A: 'one\ntwo\n',
    B: '  kept  \t\n',
    C: 'no newline',
    D: '\n',
    E: '',
    '.hidden': 'x\n',
    x: 'ü€\n',
  });
  const {env, oddities} = readEnvironment({ENVDIR, E: 'from outside', Z: 'z'});
  t.deepEqual(env, {
    ENVDIR,
    A: 'one',
    B: '  kept  \t',
    C: 'no newline',
    D: '',
    E: 'from outside',
    Z: 'z',
    x: 'ü€',
  });
  t.deepEqual(oddities, []);
});

test('a file wins over a variable of ssd, which is there again when the file is gone', t => {
  const ENVDIR = envdir(t, {A: 'file'});
  t.is(readEnvironment({ENVDIR, A: 'own'}).env.A, 'file');
  rmSync(join(ENVDIR, 'A'));
  t.is(readEnvironment({ENVDIR, A: 'own'}).env.A, 'own');
});

test('the variables of a service manager are not passed on', t => {
  const names = [
    'NOTIFY_SOCKET',
    'WATCHDOG_PID',
    'WATCHDOG_USEC',
    'LISTEN_PID',
    'LISTEN_FDS',
    'SSD_READY_FD',
  ];
  const {env} = readEnvironment({
    ...Object.fromEntries(names.map(name => [name, '1'])),
    A: 'x',
    B: undefined,
  });
  t.deepEqual(env, {A: 'x'});
});

test('what cannot be a variable is reported and ignored, and the rest is read', t => {
  const ENVDIR = envdir(t, {A: 'x', 'a=b': 'x'});
  mkdirSync(join(ENVDIR, 'SUB'));
  spawnSync('mkfifo', [join(ENVDIR, 'FIFO')]);
  const {env, oddities, unreadable} = readEnvironment({ENVDIR});
  t.deepEqual(env, {ENVDIR, A: 'x'});
  const file = (name: string) => `envdir file ${join(ENVDIR, name)}`;
  t.deepEqual(oddities, [
    {subject: file('FIFO'), cause: 'it is not a regular file'},
    {subject: file('SUB'), cause: 'it is not a regular file'},
    {subject: file('a=b'), cause: 'a name cannot contain "="'},
  ]);
  t.is(unreadable, null);
});

const incomplete = test.macro({
  exec: (t: ExecutionContext, content: string | null, cause: string) => {
    const ENVDIR = envdir(t, content === null ? {} : {VALUE: content});
    if (content === null) symlinkSync('/no/such/file', join(ENVDIR, 'VALUE'));
    const {unreadable} = readEnvironment({ENVDIR});
    t.deepEqual(unreadable, {subject: `envdir file ${join(ENVDIR, 'VALUE')}`, cause});
  },
  title: (given = '') => `an environment is not complete with ${given}`,
});

test('a link that leads nowhere', incomplete, null, 'ENOENT');
test('a NUL byte', incomplete, 'a\0b\n', 'it contains a NUL byte');
test(
  'a line that is too long',
  incomplete,
  'x'.repeat(64 * 1024),
  'its first line is longer than 65536 bytes',
);

test('the last environment that was complete is kept, and given until there is another', t => {
  const ENVDIR = envdir(t, {A: 'first'});
  const {read, last} = createEnvironmentReader({ENVDIR});
  t.is(read().env.A, 'first');
  writeFileSync(join(ENVDIR, 'A'), 'a\0b');
  t.not(read().unreadable, null);
  t.is(last().env.A, 'first');
  writeFileSync(join(ENVDIR, 'A'), 'third');
  t.is(read().env.A, 'third');
  t.is(last().env.A, 'third');
});

test('the next image of ssd has the last environment that was complete, and knows that the directory was there', t => {
  const ENVDIR = envdir(t, {A: 'first'});
  const former = createEnvironmentReader({ENVDIR});
  former.read();
  rmSync(ENVDIR, {recursive: true});
  const state = JSON.parse(JSON.stringify(former.handOver().state));
  const {read, last} = createEnvironmentReader({ENVDIR}, state);
  t.is(last().env.A, 'first');
  t.deepEqual(read().unreadable, {subject: `envdir ${ENVDIR}`, cause: 'ENOENT'});
});

test('a directory that was there and has gone makes an environment incomplete', t => {
  const ENVDIR = envdir(t, {A: 'x'});
  const {read} = createEnvironmentReader({ENVDIR});
  t.is(read().unreadable, null);
  rmSync(ENVDIR, {recursive: true});
  t.deepEqual(read().unreadable, {subject: `envdir ${ENVDIR}`, cause: 'ENOENT'});
});

test('a long file with a short first line is read; a symbolic link is followed', t => {
  const ENVDIR = envdir(t, {A: `short\n${'x'.repeat(200_000)}`});
  const target = join(temporaryDirectory(t), 'secret');
  writeFileSync(target, 'linked\n');
  symlinkSync(target, join(ENVDIR, 'B'));
  t.like(readEnvironment({ENVDIR}), {env: {A: 'short', B: 'linked'}, oddities: []});
});

test('a missing directory is reported, and the variables of ssd stay', t => {
  const ENVDIR = join(temporaryDirectory(t), 'no');
  t.like(readEnvironment({ENVDIR, A: 'x'}), {
    env: {A: 'x'},
    oddities: [{subject: `envdir ${ENVDIR}`, cause: 'ENOENT'}],
  });
});

asRoot('a file that may not be read makes an environment incomplete', async t => {
  const rig = await createRig(t);
  const ENVDIR = envdir(t, {A: 'secret', B: 'open'});
  chmodSync(join(ENVDIR, '..'), 0o755);
  chmodSync(join(ENVDIR, 'A'), 0o600);
  const script = `
    import {createEnvironmentReader} from '${source('daemon/workers/environment')}';
    console.log(JSON.stringify(createEnvironmentReader({ENVDIR: process.argv[1]}).read().unreadable));`;
  // Without the right to read every file that the rig leaves it.
  const drop = ['setpriv', `--reuid=${STRANGER}`, '--inh-caps=-all', '--ambient-caps=-all', '--clear-groups'];
  const found = await jsonOf(rig, [...drop, ...scriptCommand(script, ENVDIR)], {cwd: '/'});
  t.deepEqual(found, {subject: `envdir file ${join(ENVDIR, 'A')}`, cause: 'EACCES'});
});

const tuned = test.macro({
  exec: (t, env: Record<string, string>, autoRestartMs: number | null, killOldDelayMs: number) => {
    t.deepEqual(readEnvironment(env).tunables, {autoRestartMs, killOldDelayMs});
  },
  title: (_given, env) => `the tunables of ${JSON.stringify(env)}`,
});

test(tuned, {}, null, 0);
test(tuned, {ENABLE_AUTO_RESTART: '1'}, 360_000, 5000);
test(tuned, {ENABLE_AUTO_RESTART: '0', AUTO_RESTART_INTERVAL: '5'}, null, 0);
test(tuned, {ENABLE_AUTO_RESTART: '', KILL_OLD_DELAY: '3'}, null, 3000);
test(tuned, {ENABLE_AUTO_RESTART: '1', AUTO_RESTART_INTERVAL: '5', KILL_OLD_DELAY: '0'}, 5000, 0);
test(tuned, {ENABLE_AUTO_RESTART: '1', AUTO_RESTART_INTERVAL: '', KILL_OLD_DELAY: ''}, 360_000, 0);
test(tuned, {KILL_OLD_DELAY: '200ms'}, null, 200);

test('an invalid duration is reported, and the default is used', t => {
  const {tunables, oddities} = readEnvironment({KILL_OLD_DELAY: 'soon'});
  t.deepEqual(tunables, {autoRestartMs: null, killOldDelayMs: 0});
  t.is(oddities[0]?.subject, 'KILL_OLD_DELAY=soon');
});
