import {existsSync, readFileSync, renameSync, unlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {hasEnded} from '../../../src/shared/process-stat.js';
import type {Worker} from '../../helpers/conductor.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, type Running, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

/** ssd with a pid file, up and running. */
async function startWithPidFile(rig: Rig, control = 'control'): Promise<Running> {
  const ssd = rig.ssd([`--pid-file=${rig.path('pid')}`, `--control=${rig.path(control)}`, '--interval=0']);
  await ssd.line(/generation 1 is ready/);
  return ssd;
}

const stop = (rig: Rig, ...args: readonly string[]) =>
  rig.runSsd(['--stop', `--pid-file=${rig.path('pid')}`, ...args]);

/** Two signals of ours: a signal sent before them would arrive before the second one at the latest. */
async function nextTwo({pid, nextSignal}: Worker): Promise<string[]> {
  process.kill(pid, 'SIGUSR1');
  const first = await nextSignal();
  process.kill(pid, 'SIGUSR2');
  return [first, await nextSignal()];
}

async function end(ssd: Running): Promise<void> {
  ssd.kill('SIGTERM');
  await ssd.exit();
}

test('the pid file contains the pid of ssd, and is removed at the end', async t => {
  const rig = await createRig(t);
  const ssd = await startWithPidFile(rig);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
  await end(ssd);
  t.false(existsSync(rig.path('pid')));
});

test('a second ssd on the pid file of a living one fails at once and harms nothing', async t => {
  const rig = await createRig(t);
  const ssd = await startWithPidFile(rig);
  const args = [`--pid-file=${rig.path('pid')}`, `--control=${rig.path('c2')}`, `--path=${rig.path('x')}`];
  const second = await rig.runSsd([...args, '--', ...SERVER]);
  t.is(second.code, 1);
  t.is(
    second.stderr,
    `ssd: cannot lock pid file ${rig.path('pid')}: the process with pid ${ssd.pid} has locked it\n`,
  );
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
  t.false(existsSync(rig.path('x')));
  t.is((await stop(rig)).code, 0);
});

needs('flock')('a pid file that another program has locked is refused, with any content', async t => {
  const rig = await createRig(t);
  const locker = rig.start(['flock', rig.path('pid'), 'sh', '-c', 'echo locked >&2; exec sleep 1000']);
  await locker.line(/locked/);
  const args = [`--pid-file=${rig.path('pid')}`, `--control=${rig.control}`];
  const refused = await rig.runSsd([...args, '--', ...SERVER]);
  t.is(refused.code, 1);
  t.is(refused.stderr, `ssd: cannot lock pid file ${rig.path('pid')}: another process has locked it\n`);
  const stopped = await stop(rig);
  t.is(stopped.code, 1);
  t.is(stopped.stderr, `ssd: cannot read pid file ${rig.path('pid')}: it does not contain a pid\n`);
});

test('a worker that outlives a killed ssd does not keep the pid file', async t => {
  const rig = await createRig(t);
  const killed = await startWithPidFile(rig);
  const orphan = await rig.conductor.nextWorker();
  killed.kill('SIGKILL');
  await killed.exit();
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${killed.pid}\n`);
  const ssd = await startWithPidFile(rig, 'another');
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
  t.false(hasEnded(orphan.pid));
});

test('a shorter pid leaves nothing of the former content', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('pid'), '99999999999999999999\nand more\n');
  const ssd = await startWithPidFile(rig);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
});

test('a pid file that belongs to another process by now is left alone', async t => {
  const rig = await createRig(t);
  const ssd = await startWithPidFile(rig);
  writeFileSync(rig.path('new'), 'precious');
  renameSync(rig.path('new'), rig.path('pid'));
  await end(ssd);
  t.is(readFileSync(rig.path('pid'), 'utf8'), 'precious');
});

test('after the pid file was removed, the end of one ssd leaves the file of the next', async t => {
  const rig = await createRig(t);
  const first = await startWithPidFile(rig);
  // Left alone it would put the file back at once.
  first.kill('SIGSTOP');
  unlinkSync(rig.path('pid'));
  const second = await startWithPidFile(rig, 'c2');
  first.kill('SIGCONT');
  await first.line(/warning: cannot keep pid file \S+ in its place: EEXIST/);
  await end(first);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${second.pid}\n`);
  t.is((await stop(rig)).code, 0);
  await second.exit();
});

test('--stop ends ssd and waits until it is gone', async t => {
  const rig = await createRig(t);
  const ssd = await startWithPidFile(rig);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  const stopped = stop(rig);
  t.is(await worker.nextSignal(), 'SIGTERM');
  t.true(existsSync(rig.path('pid')));
  worker.exit(0);
  t.deepEqual(await stopped, {code: 0, signal: null, stdout: '', stderr: ''});
  t.true(hasEnded(ssd.pid));
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('--stop gives up after --timeout, and ssd continues to stop', async t => {
  const rig = await createRig(t);
  const ssd = await startWithPidFile(rig);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  const {code, stderr} = await stop(rig, '--timeout=0.2');
  t.is(code, 4);
  t.is(stderr, 'ssd: stop did not finish within 0.2 s; it continues\n');
  t.is(await worker.nextSignal(), 'SIGTERM');
  worker.exit(0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('--stop without a pid file says that no ssd runs', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await stop(rig);
  t.is(code, 3);
  t.is(stderr, `ssd: no ssd is running: no process holds the lock of pid file ${rig.path('pid')}\n`);
});

test('--stop does not signal a process that reuses the pid of a dead ssd', async t => {
  const rig = await createRig(t);
  rig.start(SERVER);
  const stranger = await rig.conductor.nextWorker();
  await stranger.beStubborn();
  writeFileSync(rig.path('pid'), `${stranger.pid}\n`);
  const {code, stderr} = await stop(rig);
  t.is(code, 3);
  t.regex(stderr, /^ssd: no ssd is running: no process holds the lock/);
  t.deepEqual(await nextTwo(stranger), ['SIGUSR1', 'SIGUSR2']);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${stranger.pid}\n`);
});

test('--stop does not signal a process whose pid was written into the file of a living ssd', async t => {
  const rig = await createRig(t);
  const ssd = await startWithPidFile(rig);
  await rig.conductor.nextWorker();
  rig.start(SERVER);
  const stranger = await rig.conductor.nextWorker();
  await stranger.beStubborn();
  writeFileSync(rig.path('pid'), `${stranger.pid}\n`);
  t.not((await stop(rig)).code, 0);
  t.deepEqual(await nextTwo(stranger), ['SIGUSR1', 'SIGUSR2']);
  await end(ssd);
});

test('an empty path is a usage error, not an ssd that is gone', async t => {
  const rig = await createRig(t);
  for (const option of ['pid-file', 'status-file', 'control']) {
    const {code, stderr} = await rig.runSsd(['--stop', '--pid-file=x', `--${option}=`]);
    t.is(code, 2);
    t.is(stderr, `ssd: --${option}=: the value is empty; is a variable not set?\n`);
  }
});

test('--restart without an ssd says that no ssd runs', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd(['--restart', `--pid-file=${rig.path('pid')}`]);
  t.is(code, 3);
  t.regex(stderr, /^ssd: no ssd is running: /);
});

asRoot('--stop and --restart do not say that no ssd runs when it runs in another PID namespace', async t => {
  const rig = await createRig(t);
  const command = [process.execPath, SSD, `--control=${rig.control}`, `--pid-file=${rig.path('pid')}`];
  rig.start(['unshare', '-pf', '--kill-child', '--mount-proc', ...command, '--', ...SERVER]);
  await rig.conductor.nextWorker();
  for (const action of ['--stop', '--restart']) {
    const {code, stderr} = await rig.runSsd([action, `--pid-file=${rig.path('pid')}`]);
    t.is(code, 1);
    t.regex(
      stderr,
      /^ssd: (pid file \S+ is locked, but not by pid 1 here|cannot tell whether pid 1 holds pid file)/,
    );
  }
});
