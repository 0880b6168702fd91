/** A trace goes on in the next image of ssd, and what no collector has taken yet is not lost. */
import test from 'ava';
import {createCollector} from '../../helpers/collector/collector.js';
import {createRig} from '../../helpers/rig.js';
import {reexec} from '../reexec/stage.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = {TRACEPARENT: `00-${TRACE_ID}-00f067aa0ba902b7-01`};

test('a restart that is under way stays one trace', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--ready=notify'], undefined, {env: collector.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  await collector.trace();
  const restarting = rig.ssctl(['restart'], {env: CALLER});
  const young = await rig.conductor.nextWorker();
  await reexec(rig);
  await young.notify('READY=1');
  const {root, parts, part} = await collector.trace();
  t.like(root, {traceId: TRACE_ID, parent: '00f067aa0ba902b7'});
  t.like(root.attributes, {'ssd.verdict': 'completed', 'ssd.generation': 2, 'ssd.attempts': 1});
  t.deepEqual(
    parts.map(({name}) => name),
    ['spawn', 'ready', 'drain'],
  );
  t.is(young.env.TRACEPARENT, `00-${TRACE_ID}-${part('spawn').spanId}-01`);
  t.is((await restarting).code, 0);
});

test('spans that wait are sent by the next image', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  rig.ssd(['--interval=0'], undefined, {env: collector.env});
  const {spans} = await collector.next();
  await reexec(rig);
  const again = await collector.next();
  again.respond();
  t.deepEqual(again.spans.slice(0, spans.length), spans);
});
