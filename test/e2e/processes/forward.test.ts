/** Signals that ssd passes on to its workers. */
import test from 'ava';
import {createRig, SERVER} from '../../helpers/rig.js';

test('a signal of --forward goes to the workers, and others are ignored', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--forward=USR1,WINCH']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGALRM');
  await ssd.line(/ignored SIGALRM/);
  ssd.kill('SIGUSR1');
  t.is(await worker.nextSignal(), 'SIGUSR1');
  await ssd.line(new RegExp(`passed USR1 on to pid ${worker.pid}$`));
  ssd.kill('SIGWINCH');
  await ssd.line(new RegExp(`passed WINCH on to pid ${worker.pid}$`));
  t.deepEqual(worker.signals, ['SIGUSR1']);
});

test('with --kill-group it goes to the whole group, and so to a server behind a shell', async t => {
  const rig = await createRig(t);
  const wrapped = ['sh', '-c', 'trap : USR1; "$@"; true', 'wrapper', ...SERVER];
  const ssd = rig.ssd(['--interval=0.1', '--kill-group', '--forward=USR1'], wrapped);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGUSR1');
  t.is(await worker.nextSignal(), 'SIGUSR1');
});

test('a signal with a meaning for ssd is refused at the start', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd(['--forward=USR1,HUP', '--', 'true']);
  t.is(code, 2);
  t.is(
    stderr,
    'ssd: --forward=USR1,HUP: ssd restarts on HUP; ssd can pass on ALRM, PWR, TTIN, TTOU, URG, USR1, USR2, WINCH\n',
  );
});
