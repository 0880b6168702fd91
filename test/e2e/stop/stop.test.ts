import {existsSync} from 'node:fs';
import test from 'ava';
import {status} from '../../helpers/clients/control.js';
import {boundPort, createRig} from '../../helpers/rig.js';

test('SIGTERM sends signal-on-term to the worker, and all that ssd made is removed', async t => {
  const rig = await createRig(t);
  const made = ['pid', 'status', 'listener', 'control'].map(rig.path);
  const ssd = rig.ssd([
    '--interval=0.1',
    '--signal-on-term=QUIT',
    `--pid-file=${rig.path('pid')}`,
    `--status-file=${rig.path('status')}`,
    `--path=${rig.path('listener')}`,
  ]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  // A barrier: the line is logged before the status file is written.
  await status(rig);
  t.deepEqual(made.filter(existsSync), made);

  ssd.kill('SIGTERM');

  t.is(await worker.nextSignal(), 'SIGQUIT');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.deepEqual(made.filter(existsSync), []);
});

test('SIGQUIT, the stop signal of many images, does what SIGTERM does', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--signal-on-term=USR1']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  ssd.kill('SIGQUIT');
  t.is(await worker.nextSignal(), 'SIGUSR1');
  await ssd.line(/stop requested \(QUIT\)/);
  worker.exit(0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('SIGINT sends TERM, whatever signal-on-term is', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--signal-on-term=QUIT']);
  const worker = await rig.conductor.nextWorker();
  ssd.kill('SIGINT');
  t.is(await worker.nextSignal(), 'SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('SIGTERM again does not hurry the workers, SIGINT tells them once more', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--signal-on-term=QUIT']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  ssd.kill('SIGTERM');
  t.is(await worker.nextSignal(), 'SIGQUIT');
  ssd.kill('SIGTERM');
  ssd.kill('SIGINT');
  t.is(await worker.nextSignal(), 'SIGTERM');
  worker.exit(0);
  t.is((await ssd.exit()).code, 0);
});

test('a stop during kill-old-delay does not wait the delay out', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--kill-old-delay=1h']);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGHUP');
  const second = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 will be told to finish in 1h/);

  ssd.kill('SIGTERM');

  t.is(await first.nextSignal(), 'SIGTERM');
  t.is(await second.nextSignal(), 'SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('a stop while a generation is starting ends it and the one that serves', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1h']);
  const worker = await rig.conductor.nextWorker();
  ssd.kill('SIGTERM');
  t.is(await worker.nextSignal(), 'SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('a stop between two attempts of a first start that fails ends at once', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1h'], ['false']);
  await ssd.line(/attempt 1 failed: .* no generation serves now/);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('ssctl stop waits until ssd is gone', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);

  const {code, stdout} = await rig.ssctl(['stop']);

  t.is(code, 0);
  t.is(stdout, `perl (pid ${ssd.pid}) is stopped\n`);
  t.is((await ssd.exit()).code, 0);
});

test('ssctl stop gives up with 4 when the worker does not end in time', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();

  const {code, stderr} = await rig.ssctl(['stop', '--timeout=200ms']);

  t.is(code, 4);
  t.is(stderr, 'ssctl: stop did not finish within 0.2 s; it continues\n');
  t.is(await worker.nextSignal(), 'SIGTERM');
  t.is((await rig.ssctl(['restart'])).code, 1);
  worker.exit(0);
  t.is((await ssd.exit()).code, 0);
});

test('a restart that waits is cancelled by a stop', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1h']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  const restarted = rig.ssctl(['restart']);
  await ssd.line(/restart requested by a control client; it follows/);
  ssd.kill('SIGTERM');
  const {code, stderr} = await restarted;
  t.is(code, 1);
  t.regex(stderr, /^ssctl: restart cancelled: ssd was told to stop$/m);
  worker.exit(0);
  t.is((await ssd.exit()).code, 0);
});

test('a worker that is lost is replaced, and the listener goes on', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1']);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  first.die('SIGKILL');
  await ssd.line(/generation 1 lost its worker, pid \d+: it was killed by SIGKILL/);
  const second = await rig.conductor.nextWorker();
  t.is(second.generation, 2);
  t.true(port > 0);
});

test('signals that would end ssd or open a debugger are ignored', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  for (const signal of ['SIGUSR1', 'SIGALRM'] as const) {
    ssd.kill(signal);
    await ssd.line(new RegExp(`ignored ${signal}`));
  }
  t.is((await rig.ssctl(['status'])).code, 0);
  t.notRegex(ssd.stderr(), /Debugger/);
});
