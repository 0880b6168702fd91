import test from 'ava';
import {createCollector} from '../../helpers/collector/collector.js';
import {createRig} from '../../helpers/rig.js';

/** Alone in its file: ssd does not wait for long, and a collector in this process has to be quick. */
test('a restart that the end of ssd cancels is sent before the process ends', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--ready=notify'], undefined, {env: collector.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  await collector.trace();
  const restarting = rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  const sent = collector.trace();
  ssd.kill('SIGTERM');
  const {root, part} = await sent;
  t.like(root.attributes, {'ssd.verdict': 'cancelled', 'ssd.reason': 'stopping'});
  t.is(root.error, null);
  t.is(part('ready').attributes['ssd.unfinished'], true);
  t.is((await ssd.exit()).code, 0);
  t.not((await restarting).code, 0);
});
