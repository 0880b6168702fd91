import {chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {status} from '../../helpers/clients/control.js';
import {ask, boundPort, createRig, type Rig} from '../../helpers/rig.js';

/** Everything in the directory, with what is in it and when that changed. */
function contents(directory: string): string[] {
  return readdirSync(directory, {recursive: true, encoding: 'utf8'})
    .sort()
    .map(name => {
      const stats = statSync(`${directory}/${name}`);
      const text = stats.isFile() ? readFileSync(`${directory}/${name}`, 'utf8') : '';
      return `${name} ${stats.isDirectory() ? '' : stats.mtimeMs} ${text}`;
    });
}

const check = (rig: Rig, args: readonly string[], program: readonly string[] = ['sleep', '1000']) =>
  rig.runSsd(['--check', `--control=${rig.control}`, ...args, '--', ...program]);

const IN_ORDER = 'ssd: everything is in order\n';

test('a valid configuration is confirmed, and nothing is changed or left behind', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('env'));
  for (const name of ['old.pid', 'old.log', 'old.status']) writeFileSync(rig.path(name), 'old');
  const before = contents(rig.directory);
  for (const set of ['old', 'new']) {
    const {code, stdout, stderr} = await check(rig, [
      '--port=127.0.0.1:0',
      '--port=127.0.0.1:u0',
      `--path=${rig.path('x')}`,
      `--envdir=${rig.path('env')}`,
      `--dir=${rig.path('env')}`,
      `--pid-file=${rig.path(`${set}.pid`)}`,
      `--log-file=${rig.path(`${set}.log`)}`,
      `--status-file=${rig.path(`${set}.status`)}`,
      `--metrics-file=${rig.path(`${set}.prom`)}`,
      '--daemonize',
    ]);
    t.deepEqual([code, stdout, stderr], [0, IN_ORDER, '']);
    t.deepEqual(contents(rig.directory), before);
  }
});

test('the directory of the control socket is removed too', async t => {
  const rig = await createRig(t);
  const env = {XDG_RUNTIME_DIR: rig.directory};
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  if (uid !== undefined) chmodSync(rig.directory, 0o777);
  const {code, stdout, stderr} = await rig.runSsd(['--check', '--port=127.0.0.1:0', '--', 'sleep', '1'], {
    env,
    ...(uid === undefined ? {} : {uid}),
  });
  t.deepEqual([code, stdout, stderr], [0, IN_ORDER, '']);
  t.deepEqual(readdirSync(rig.directory), ['conductor']);
});

type Case = {
  readonly args: readonly string[];
  readonly program?: readonly string[];
  readonly code?: number;
  readonly says: RegExp;
};

const refused = test.macro({
  exec: async (t: ExecutionContext, {args, program = ['sleep', '1000'], code = 1, says}: Case) => {
    const rig = await createRig(t);
    writeFileSync(rig.path('file'), '');
    const here = (text: string) => text.replaceAll('@', rig.directory);
    const before = contents(rig.directory);
    const checked = await check(rig, args.map(here), program.map(here));
    t.is(checked.code, code);
    t.is(checked.stdout, '');
    t.regex(checked.stderr, says);
    t.is(checked.stderr.trim().split('\n').length, 1);
    t.deepEqual(contents(rig.directory), before);
    // Word for word what a start says last; only of an envdir it merely warns.
    if (args.some(arg => arg.startsWith('--envdir'))) return;
    const started = await rig.runSsd([
      `--control=${rig.control}`,
      ...args.map(here),
      '--',
      ...program.map(here),
    ]);
    t.is(started.stderr.trim().split('\n').at(-1), checked.stderr.trim());
    t.is(started.code, code);
  },
  title: (given = '') => `${given} is found`,
});

test('a program that does not exist', refused, {
  args: [],
  program: ['@/no'],
  says: /^ssd: cannot start \S+: no such program$/m,
});
test('a program that cannot be executed', refused, {
  args: [],
  program: ['@/file'],
  says: /^ssd: cannot start \S+: EACCES/,
});
test('no program', refused, {args: [], program: [], code: 2, says: /^ssd: no server program is given/});
test('a bad option', refused, {args: ['--interval=soon'], code: 2, says: /^ssd: --interval=soon: /});
test('a missing directory', refused, {args: ['--dir=@/no'], says: /^ssd: cannot change to directory/});
test('a missing envdir', refused, {args: ['--envdir=@/no'], says: /^ssd: cannot read envdir \S+: ENOENT/});
test('an envdir that is not a directory', refused, {
  args: ['--envdir=@/file'],
  says: /^ssd: cannot read envdir \S+: ENOTDIR/,
});
test('an address of another machine', refused, {
  args: ['--port=192.0.2.1:80'],
  says: /^ssd: cannot listen on tcp 192.0.2.1:80/,
});
test('a file at the place of a socket', refused, {
  args: ['--path=@/file'],
  says: /^ssd: cannot listen on unix \S+: it exists and is not a socket/,
});
test('a pid file in no directory', refused, {
  args: ['--pid-file=@/no/pid'],
  says: /^ssd: cannot write pid file \S+: ENOENT/,
});
test('a pid file that is a directory', refused, {
  args: ['--pid-file=@'],
  says: /^ssd: cannot write pid file \S+: EISDIR/,
});
test('a log file in no directory', refused, {
  args: ['--log-file=@/no/log'],
  says: /^ssd: cannot write log file \S+: ENOENT/,
});
test('a log file that is a directory', refused, {
  args: ['--log-file=@'],
  says: /^ssd: cannot write log file \S+: EISDIR/,
});
test('a status file in no directory', refused, {
  args: ['--status-file=@/no/s'],
  says: /^ssd: cannot write status file \S+: ENOENT/,
});
test('a metrics file in no directory', refused, {
  args: ['--metrics-file=@/no/m'],
  says: /^ssd: cannot write metrics file \S+: ENOENT/,
});
test('a control socket in no directory', refused, {
  args: ['--control=@/no/c'],
  says: /^ssd: cannot make control socket/,
});

test('a port and a pid file of another process are found', async t => {
  const rig = await createRig(t);
  const other = net.createServer();
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const {port} = other.address() as net.AddressInfo;
  const taken = await check(rig, [`--port=127.0.0.1:${port}`]);
  t.is(taken.code, 1);
  t.regex(taken.stderr, /^ssd: cannot listen on tcp \S+: EADDRINUSE/);
  const holder = rig.ssd([`--pid-file=${rig.path('pid')}`]);
  await rig.conductor.nextWorker();
  const locked = await rig.runSsd([
    '--check',
    `--control=${rig.path('c')}`,
    `--pid-file=${rig.path('pid')}`,
    '--',
    'true',
  ]);
  t.is(locked.code, 1);
  t.is(
    locked.stderr,
    `ssd: cannot lock pid file ${rig.path('pid')}: the process with pid ${holder.pid} has locked it\n`,
  );
});

test('a check beside a running instance does not test or disturb what that one uses', async t => {
  const rig = await createRig(t);
  const files = [
    `--pid-file=${rig.path('pid')}`,
    `--status-file=${rig.path('status')}`,
    `--path=${rig.path('x')}`,
  ];
  const ssd = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0', ...files]);
  const worker = await rig.conductor.nextWorker();
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const before = contents(rig.directory);

  const args = [...files, `--port=127.0.0.1:${port}`, '--port=127.0.0.1:0', '--workers=4'];
  const {code, stdout, stderr} = await check(rig, args);
  const held = `control socket, tcp 127.0.0.1:${port}, unix ${rig.path('x')}`;
  const note = `ssd: not tested: ${held} (the running instance perl, pid ${ssd.pid}, uses them)\n`;
  t.deepEqual([code, stdout, stderr], [0, note + IN_ORDER, '']);
  const bad = await check(rig, [...args, '--log-file=/no/such/log']);
  t.is(bad.code, 1);
  t.regex(bad.stderr, /^ssd: cannot write log file/);

  t.deepEqual(contents(rig.directory), before);
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid: worker.pid});
  t.deepEqual(await ask(port), {generation: 1, pid: worker.pid});
  t.like(await status(rig), {current: 1, pid: ssd.pid});
  t.notRegex(ssd.stderr(), /warning/);
});

test('--check with --stop or --restart is refused', async t => {
  const rig = await createRig(t);
  for (const verb of ['--stop', '--restart']) {
    const {code, stderr} = await rig.runSsd(['--check', verb, `--pid-file=${rig.path('pid')}`]);
    t.is(code, 2);
    t.regex(stderr, /^ssd: --check tests a start; it does not work with --restart or --stop/);
  }
});

test('a program from a configuration file is checked', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('c.json'), JSON.stringify({control: rig.control, program: [rig.path('no')]}));
  const {code, stderr} = await rig.runSsd(['--config=c.json', '--check']);
  t.deepEqual([code, stderr], [1, `ssd: cannot start ${rig.path('no')}: no such program\n`]);
});
