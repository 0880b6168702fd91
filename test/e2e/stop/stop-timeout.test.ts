import {readFileSync} from 'node:fs';
import test from 'ava';
import {restart, send, status} from '../../helpers/clients/control.js';
import {alive} from '../../helpers/processes.js';
import {createRig, SERVER, SSD} from '../../helpers/rig.js';

test('a worker that was told to finish and is still there after --stop-timeout is killed', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.2', '--stop-timeout=300ms']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);

  t.like(await restart(rig), {verdict: 'completed', generation: 2, replaced: [1]});
  t.is(await first.nextSignal(), 'SIGTERM');
  t.regex(
    await ssd.told(),
    /killing generation 1, pid \d+[\s\S]*generation 1, pid \d+, was killed by SIGKILL/,
  );
});

test('without --stop-timeout it is left alone', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.2']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);
  const restarting = restart(rig);
  t.is(await first.nextSignal(), 'SIGTERM');
  t.like(await status(rig), {generations: [{generation: 1, phase: 'retiring'}, {generation: 2}]});
  first.exit(0);
  t.like(await restarting, {verdict: 'completed'});
  t.notRegex(await ssd.told(), /killing/);
});

test('with --kill-group the escalation reaches what the worker has started', async t => {
  const rig = await createRig(t);
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  const ssd = rig.ssd(['--stop-timeout=300ms', '--kill-group', '--interval=0.2']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await first.run(`(trap "" TERM; exec sleep 600) > ${fifo} &`);
  const held = rig.run(['cat', fifo]);

  await send(rig, 'stop');

  // The reader sees the end of the file once the grandchild that held it open is gone.
  t.is((await held).code, 0);
  t.is((await ssd.exit()).code, 0);
});

const groupOf = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]);

test('a worker leads a process group of its own, with --kill-group and without', async t => {
  const rig = await createRig(t);
  for (const args of [['--kill-group'], []]) {
    const ssd = rig.ssd(args);
    const worker = await rig.conductor.nextWorker();
    t.is(groupOf(worker.pid), worker.pid);
    await send(rig, 'stop');
    await ssd.exit();
  }
});

test("where standard input is a terminal, a worker is in ssd's process group, unless there is --kill-group", async t => {
  const rig = await createRig(t);
  for (const [args, isApart] of [
    [['--kill-group'], true],
    [[], false],
  ] as const) {
    // biome-ignore format: an assertion is easier to read in one line
    const command = [process.execPath, SSD, `--control=${rig.control}`, ...args, '--', ...SERVER];
    // script(1) makes a terminal.
    rig.start(['script', '-qec', command.join(' '), '/dev/null']);
    const worker = await rig.conductor.nextWorker();
    const {pid} = await status(rig);
    t.is(groupOf(worker.pid), isApart ? worker.pid : groupOf(Number(pid)));
    await send(rig, 'stop');
  }
});

test('a hang-up of the terminal that goes to the process group of ssd ends no worker', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0', '--ready=fd', `--log-file=| cat >${rig.path('log')}`];
  const ssd = rig.ssd(args);
  const first = await rig.conductor.nextWorker();
  await first.write(Number(first.env.SSD_READY_FD), '\n');
  await rig.ssctl(['wait', 'ready']);
  process.kill(-ssd.pid, 'SIGHUP');
  // To ssd it is the order to restart, by which the worker is told to finish and not cut off.
  const second = await rig.conductor.nextWorker();
  await second.write(Number(second.env.SSD_READY_FD), '\n');
  t.is(await first.nextSignal(), 'SIGTERM');
  t.deepEqual(first.signals, ['SIGTERM']);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.notRegex(readFileSync(rig.path('log'), 'utf8'), /log command/);
});

test('SIGKILL after the stop timeout is for the worker alone, and not for what it has started', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--stop-timeout=0.1']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  await worker.run(`sleep 1000 >/dev/null 2>&1 & echo $! >${rig.path('child')}`);
  await send(rig, 'stop');
  t.is((await ssd.exit()).code, 0);
  t.true(alive(Number(readFileSync(rig.path('child'), 'utf8'))));
});

test('a second SIGINT kills at once; a second SIGTERM does not', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([]);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  ssd.kill('SIGTERM');
  await ssd.line(/stop requested \(TERM\)/);
  t.is(await worker.nextSignal(), 'SIGTERM');
  ssd.kill('SIGTERM');
  ssd.kill('SIGINT');
  await ssd.line(/stop requested \(INT\)/);
  t.is(await worker.nextSignal(), 'SIGTERM');
  t.true(alive(worker.pid));
  ssd.kill('SIGINT');
  await ssd.line(/killing generation 1/);
  await worker.gone;
  t.is((await ssd.exit()).code, 0);
});

test('a stop request can set the time after which the rest is killed, and 0 means at once', async t => {
  for (const killAfterMs of [0, 300]) {
    const rig = await createRig(t);
    const ssd = rig.ssd([]);
    const worker = await rig.conductor.nextWorker();
    await worker.beStubborn();
    t.like(await send(rig, 'stop', {killAfterMs}), {stopped: true});
    await ssd.line(/killing generation 1/);
    t.is((await ssd.exit()).code, 0);
  }
});

test('with --max-retiring the oldest generation beyond that is killed', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.2', '--max-retiring=1']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);
  await send(rig, 'restart', {until: 'ready'});
  const next = await rig.conductor.nextWorker();
  await next.beStubborn();
  t.like(await status(rig), {
    generations: [
      {generation: 1, phase: 'retiring'},
      {generation: 2, phase: 'ready'},
    ],
  });

  await send(rig, 'restart', {until: 'ready'});

  await ssd.line(/killing generation 1/);
  await first.gone;
  await ssd.line(/generation 1, pid \d+, was killed by SIGKILL/);
  t.like(await status(rig), {
    generations: [
      {generation: 2, phase: 'retiring'},
      {generation: 3, phase: 'ready'},
    ],
  });
});
