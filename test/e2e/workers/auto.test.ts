import test from 'ava';
import {cpuGroup} from '../../helpers/adapters/control-group.js';
import {createRig, INSTALLED, SERVER} from '../../helpers/rig.js';

test('--workers=auto starts no more workers than the quota of processor time is worth', async t => {
  const group = cpuGroup(t, 50_000);
  if (!group) {
    t.log('skipped: no control group can be made here');
    t.pass();
    return;
  }
  const rig = await createRig(t);
  const args = [INSTALLED.ssd, `--control=${rig.control}`, '--workers=auto', '--port=127.0.0.1:0'];
  const ssd = rig.start([...group, ...args, '--', ...SERVER]);
  const worker = await rig.conductor.nextWorker();
  t.is(worker.env.SSD_WORKERS, '1');
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('--workers=auto starts one for each processor that ssd may run on', async t => {
  const rig = await createRig(t);
  const args = [INSTALLED.ssd, `--control=${rig.control}`, '--workers=auto', '--port=127.0.0.1:0'];
  rig.start(['taskset', '--cpu-list', '0', ...args, '--', ...SERVER]);
  t.is((await rig.conductor.nextWorker()).env.SSD_WORKERS, '1');
});
