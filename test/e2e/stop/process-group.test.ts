/** With `--kill-group` a worker is gone when its process group is, not when its first process is. */
import {readFileSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {restart, send, status} from '../../helpers/clients/control.js';
import {alive} from '../../helpers/processes.js';
import {ask, boundPort, createRig, type Rig, type Running, SERVER} from '../../helpers/rig.js';

const COMMON = ['--interval=0.1', '--kill-group', '--port=127.0.0.1:0'];

/** A wrapper that does not pass signals on, as `sh -c 'server; true'` and npm. */
const WRAPPED = ['sh', '-c', '"$@"; true', 'wrapper', ...SERVER];

async function wrapped(t: ExecutionContext, options: readonly string[] = []) {
  const rig = await createRig(t);
  const ssd = rig.ssd([...COMMON, ...options], WRAPPED);
  endLater(t, rig, ssd);
  const worker = await rig.conductor.nextWorker();
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  return {rig, ssd, worker, port};
}

/** The groups of the workers are not that of ssd, which the rig ends. */
function endLater(t: ExecutionContext, rig: Rig, {pid}: Running): void {
  t.teardown(async () => {
    if (alive(pid)) await send(rig, 'stop', {killAfterMs: 0});
  });
}

/** The shell that ssd has started. */
const leaderOf = async (rig: Rig) => {
  const {generations} = await status(rig);
  const [generation] = generations as readonly {readonly workers: readonly {readonly pid: number}[]}[];
  return generation?.workers[0]?.pid ?? 0;
};

test('a restart waits for the server whose wrapper died of the signal, and tells it to finish', async t => {
  const {rig, ssd, worker, port} = await wrapped(t);
  await worker.beStubborn();
  const restarting = restart(rig);
  t.is(await worker.nextSignal(), 'SIGTERM');
  await ssd.line(/generation 1, pid \d+, was killed by SIGTERM; other processes of its group live/);
  t.like(await status(rig), {
    generations: [{generation: 1, phase: 'retiring', workers: [{phase: 'lingering'}]}, {generation: 2}],
  });
  t.regex((await rig.ssctl(['status'])).stdout, /lingering/);
  worker.exit(0);
  t.like(await restarting, {verdict: 'completed', replaced: [1], retiring: []});
  t.false(alive(worker.pid));
  t.is((await ask(port)).generation, 2);
});

test('what is left is killed after the stop timeout', async t => {
  const {rig, ssd, worker} = await wrapped(t, ['--stop-timeout=300ms']);
  await worker.beStubborn();
  t.like(await restart(rig), {verdict: 'completed'});
  t.false(alive(worker.pid));
  t.regex(await ssd.told(), /killing generation 1/);
});

test('a stop leaves no server behind', async t => {
  const {rig, ssd, worker} = await wrapped(t, ['--stop-timeout=300ms']);
  await worker.beStubborn();
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.false(alive(worker.pid));
  t.is((await ssd.exit()).code, 0);
});

test('when the wrapper dies, its server is told to finish, and a successor starts meanwhile', async t => {
  const {rig, ssd, worker} = await wrapped(t);
  await worker.beStubborn();
  process.kill(await leaderOf(rig), 'SIGKILL');
  t.is(await worker.nextSignal(), 'SIGTERM');
  await rig.conductor.nextWorker();
  await ssd.line(/generation 2 is ready/);
  t.true(alive(worker.pid));
  worker.exit(0);
  await ssd.line(/generation 1, pid \d+, was killed by SIGKILL$/);
  t.like(await status(rig), {generations: [{generation: 2}]});
});

test('an operator sends a signal to what is left', async t => {
  const {rig, ssd, worker} = await wrapped(t);
  await worker.beStubborn();
  const restarting = restart(rig);
  t.is(await worker.nextSignal(), 'SIGTERM');
  await ssd.line(/other processes of its group live/);
  t.is((await rig.ssctl(['signal', 'USR1', '--generation=1'])).code, 0);
  t.is(await worker.nextSignal(), 'SIGUSR1');
  worker.exit(0);
  await restarting;
});

test('a server that its first process leaves behind is a failed start, and is ended', async t => {
  const rig = await createRig(t);
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  const ssd = rig.ssd([...COMMON, '--interval=10'], ['sh', '-c', `"$@" & cat ${fifo}`, 'wrapper', ...SERVER]);
  endLater(t, rig, ssd);
  const worker = await rig.conductor.nextWorker();
  await rig.run(['sh', '-c', `echo > ${fifo}`]);
  await ssd.line(/pid \d+, exited with status 0; other processes of its group live/);
  await ssd.line(/attempt 1 failed: generation 1 \(pid \d+\) exited with status 0/);
  await worker.gone;
  t.false(alive(worker.pid));
});

test('a zombie in the group that nobody collects does not count', async t => {
  const rig = await createRig(t);
  // Its parent is in a group of its own, and lives on. So the zombie stays in the group of the worker.
  const script = `
    my $group = getpgrp;
    pipe my $read, my $write;
    if (!fork) {
      setpgrp;
      if (!fork) { setpgrp 0, $group; exit }
      close $_ for 3 .. 30;
      open my $file, '>>', '${rig.path('pids')}';
      print $file "$$\\n";
      close $file;
      close $write;
      exec 'sleep', '600';
    }
    close $write;
    <$read>;
    exec @ARGV;`;
  const program = rig.path('program.pl');
  writeFileSync(program, script);
  const ssd = rig.ssd(COMMON, [SERVER[0] ?? '', program, ...SERVER]);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.like(await restart(rig), {verdict: 'completed'});
  t.notRegex(ssd.stderr(), /other processes/);
  await send(rig, 'stop');
  for (const [pid] of readFileSync(rig.path('pids'), 'utf8').matchAll(/\d+/g))
    process.kill(Number(pid), 'SIGKILL');
});

test('without --kill-group only the process that ssd has started counts', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1'], WRAPPED);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.like(await restart(rig), {verdict: 'completed'});
  t.true(alive(worker.pid));
  t.deepEqual(worker.signals, []);
});
