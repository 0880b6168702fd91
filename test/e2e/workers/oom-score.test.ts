/** When memory runs out, the kernel takes a worker and not ssd. */
import test from 'ava';
import {memoryGroup} from '../../helpers/adapters/control-group.js';
import {oomScoreAdjOf} from '../../helpers/adapters/proc-status.js';
import {status} from '../../helpers/clients/control.js';
import {createRig, INSTALLED, SERVER} from '../../helpers/rig.js';

const own = oomScoreAdjOf(process.pid);

test('workers are taken rather than ssd, which stays as it is', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--workers=2', '--interval=0.1']);
  const pids = [(await rig.conductor.nextWorker()).pid, (await rig.conductor.nextWorker()).pid];
  t.deepEqual(pids.map(oomScoreAdjOf), [own + 100, own + 100]);
  // A worker inherits it: ssd has it for the moment of the spawn, and the worker may run before that is over.
  await status(rig);
  t.is(oomScoreAdjOf(ssd.pid), own);
});

test('--oom-score-adj sets it, and with that of ssd workers are no likelier to be taken', async t => {
  for (const value of [own, own + 300]) {
    const rig = await createRig(t);
    const ssd = rig.ssd([`--oom-score-adj=${value}`]);
    t.is(oomScoreAdjOf((await rig.conductor.nextWorker()).pid), value);
    await status(rig);
    t.is(oomScoreAdjOf(ssd.pid), own);
  }
});

test('it is at most 1000', async t => {
  const rig = await createRig(t);
  const args = [`--control=${rig.control}`, '--', ...SERVER];
  rig.start(['sh', '-c', 'echo 950 > /proc/self/oom_score_adj && exec "$@"', 'sh', INSTALLED.ssd, ...args]);
  t.is(oomScoreAdjOf((await rig.conductor.nextWorker()).pid), 1000);
});

test('a worker that uses up the memory is taken, and ssd replaces it', async t => {
  const group = memoryGroup(t, 200 * 1024 * 1024);
  if (!group) {
    t.log('skipped: no control group can be made here');
    t.pass();
    return;
  }
  const rig = await createRig(t);
  const hungry = ['perl', '-e', '$_ = "x" x 40_000_000 for @a[0..99]; sleep 1000'];
  const args = [`--control=${rig.control}`, '--interval=0', '--', ...hungry];
  const ssd = rig.start([...group, INSTALLED.ssd, ...args]);
  await ssd.line(/generation 1 .*(killed by|SIGKILL)/);
  await ssd.line(/generation 2 spawned/);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});
