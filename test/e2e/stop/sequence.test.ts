import test from 'ava';
import {restart} from '../../helpers/clients/control.js';
import {createRig} from '../../helpers/rig.js';

test('a worker that does not end gets one signal after another, and is killed at last', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--signal-on-hup=QUIT,200ms,USR1,200ms,KILL']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const restarting = restart(rig);
  t.is(await worker.nextSignal(), 'SIGQUIT');
  t.is(await worker.nextSignal(), 'SIGUSR1');
  await ssd.line(/sending USR1 to generation 1, pid/);
  await ssd.line(/killing generation 1, pid/);
  t.like(await restarting, {verdict: 'completed', replaced: [1]});
});

test('a stop ends as soon as a signal of the sequence has ended the worker', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--signal-on-term=QUIT,200ms,USR1,1h,KILL']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  ssd.kill('SIGTERM');
  t.is(await worker.nextSignal(), 'SIGQUIT');
  t.is(await worker.nextSignal(), 'SIGUSR1');
  worker.exit(0);
  t.is((await ssd.exit()).code, 0);
});

test('a sequence that is wrong is refused with one line', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd(['--signal-on-hup=QUIT,TERM', '--', 'true']);
  t.is(code, 2);
  t.is(
    stderr,
    'ssd: --signal-on-hup=QUIT,TERM: a time is missing before TERM; a sequence is signals with times between them, as in QUIT,30s,TERM,10s,KILL\n',
  );
});
