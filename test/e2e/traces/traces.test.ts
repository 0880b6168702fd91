/** Each restart is a trace that a collector takes. */
import {writeFileSync} from 'node:fs';
import test from 'ava';
import {createCollector} from '../../helpers/collector/collector.js';
import {createRig} from '../../helpers/rig.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const CALLER = {TRACEPARENT: `00-${TRACE_ID}-${SPAN_ID}-01`, TRACESTATE: 'vendor=of-the-caller'};
/** A parent on another machine, of a trace that is recorded. */
const REMOTE = 0x301;
const OWN = 0x101;

test('a restart is a part of the trace that ssctl has in its environment, and so is the worker', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--interval=0.1', '--name=shop'], undefined, {env: collector.env});
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const start = await collector.trace();
  const verdict = rig.ssctl(['restart'], {env: CALLER});
  const young = await rig.conductor.nextWorker();
  t.is((await verdict).code, 0);
  const {root, parts, part, resource} = await collector.trace();

  t.like(resource, {'service.name': 'ssd', 'process.pid': ssd.pid});
  t.like(root, {name: 'restart', traceId: TRACE_ID, parent: SPAN_ID, flags: REMOTE, error: null, links: []});
  t.like(root.attributes, {
    'ssd.instance': 'shop',
    'ssd.by': 'request',
    'ssd.verdict': 'completed',
    'ssd.attempts': 1,
    'ssd.generation': 2,
    'ssd.order': 'overlap',
  });
  t.deepEqual(root.attributes['ssd.replaced'], [1]);
  t.deepEqual(
    parts.map(({name}) => name),
    ['spawn', 'ready', 'drain'],
  );
  for (const {start, end, flags, state} of parts) {
    t.true(start >= root.start && end <= root.end);
    t.is(flags, OWN);
    t.is(state, CALLER.TRACESTATE);
  }
  t.deepEqual(part('ready').attributes['ssd.worker.pids'], [young.pid]);
  t.true(part('ready').end - part('ready').start >= 90, 'it was ready after --interval');
  t.deepEqual(part('drain').attributes, {'ssd.generation': 1, 'ssd.worker.pids': [old.pid]});
  t.deepEqual(part('drain').events, [{name: 'telling', attributes: {'ssd.signal': 'TERM'}}]);
  t.is(young.env.TRACEPARENT, `00-${TRACE_ID}-${part('spawn').spanId}-01`);
  t.is(young.env.TRACESTATE, CALLER.TRACESTATE);

  t.like(start.root, {name: 'start', parent: null, flags: OWN});
  t.like(start.root.attributes, {'ssd.by': 'boot', 'ssd.verdict': 'completed'});
  t.is(old.env.TRACEPARENT, `00-${start.root.traceId}-${start.part('spawn').spanId}-01`);
});

test('the start is a part of the trace in which ssd was started, and no later one is', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--interval=0'], undefined, {env: {...collector.env, ...CALLER}});
  await ssd.line(/generation 1 is ready/);
  const first = await rig.conductor.nextWorker();
  const start = await collector.trace();
  t.like(start.root, {name: 'start', traceId: TRACE_ID, parent: SPAN_ID});
  t.is(first.env.TRACEPARENT, `00-${TRACE_ID}-${start.part('spawn').spanId}-01`);
  ssd.kill('SIGHUP');
  const second = await rig.conductor.nextWorker();
  const {root, part} = await collector.trace();
  t.like(root, {name: 'restart', parent: null, state: undefined});
  t.is(root.attributes['ssd.by'], 'signal');
  t.not(root.traceId, TRACE_ID);
  t.is(second.env.TRACEPARENT, `00-${root.traceId}-${part('spawn').spanId}-01`);
  t.is(second.env.TRACESTATE, undefined);
  // One that takes a lost one's place when the start is over belongs to no trace.
  second.die('SIGKILL');
  await ssd.line(/generation 3 is ready/);
  const third = await rig.conductor.nextWorker();
  const lost = await collector.trace();
  t.like(lost.root.attributes, {'ssd.by': 'lost', 'ssd.verdict': 'completed', 'ssd.generation': 3});
  t.is(third.env.TRACEPARENT, `00-${lost.root.traceId}-${lost.part('spawn').spanId}-01`);
});

test('a worker that takes the place of another when the restart is over belongs to no trace', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  rig.ssd(['--interval=0', '--workers=2'], undefined, {env: {...collector.env, ...CALLER}});
  const [one] = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  await collector.trace();
  one.die('SIGKILL');
  const {env, generation} = await rig.conductor.nextWorker();
  t.is(generation, 1);
  t.deepEqual([env.TRACEPARENT, env.TRACESTATE], [undefined, undefined]);
});

test('a trial is a part of the trace, with its checks', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const check = `--bake-check=exec=test ! -e ${rig.path('bad')}`;
  const ssd = rig.ssd(
    ['--interval=0', '--bake=600', '--bake-every=0.1', '--bake-timeout=60', check],
    undefined,
    {
      env: collector.env,
    },
  );
  await ssd.line(/generation 1 is ready/);
  await collector.trace();
  const accepted = rig.ssctl(['restart']);
  await ssd.line(/check 1 of generation 2 succeeded/);
  t.is((await rig.ssctl(['accept'])).code, 0);
  t.is((await accepted).code, 0);
  const good = await collector.trace();
  t.is(good.root.attributes['ssd.verdict'], 'completed');
  t.like(good.part('trial').attributes, {'ssd.trial.old': 1, 'ssd.trial.passed': true});
  t.deepEqual(good.part('trial').events[0], {name: 'checked', attributes: {'ssd.check.run': 1}});
  t.true(good.part('drain').start >= good.part('trial').end);

  const rejected = rig.ssctl(['restart']);
  await ssd.line(/generation 3 is on trial/);
  writeFileSync(rig.path('bad'), '');
  t.is((await rejected).code, 1);
  const bad = await collector.trace();
  t.like(bad.root.attributes, {'ssd.verdict': 'failed', 'ssd.generation': 3});
  t.deepEqual(
    [good, bad].map(({root}) => root.attributes['ssd.replaced']),
    [[1], undefined],
  );
  t.regex(bad.root.error ?? '', /generation 3.* failed its trial/);
  t.is(bad.part('trial').attributes['ssd.trial.passed'], false);
  t.regex(bad.part('trial').error ?? '', /check/);
});

test('a restart that fails is an error, with the reason and each attempt', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--ready=notify', '--interval=0.1'], undefined, {env: collector.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  await collector.trace();
  const failing = rig.ssctl(['restart', '--attempts=2']);
  for (const code of [3, 4]) (await rig.conductor.nextWorker()).exit(code);
  t.is((await failing).code, 1);
  const {root, parts} = await collector.trace();
  t.like(root.attributes, {'ssd.verdict': 'failed', 'ssd.reason': 'exited', 'ssd.attempts': 2});
  t.regex(root.error ?? '', /generation 3 \(pid \d+\) exited with status 4/);
  t.deepEqual(
    parts.map(({name, attributes, error}) => [name, attributes['ssd.generation'], error]),
    [
      ['spawn', 2, null],
      ['ready', 2, 'exited with status 3'],
      ['spawn', 3, null],
      ['ready', 3, 'exited with status 4'],
    ],
  );
});

test('requests that share a restart share its trace: the first is the parent, and the others are linked', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--ready=notify'], undefined, {env: collector.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  await collector.trace();
  const asked = (digit: string) =>
    rig.ssctl(['restart', '--no-wait'], {
      env: {TRACEPARENT: `00-${digit.repeat(32)}-${digit.repeat(16)}-01`},
    });
  t.is((await asked('1')).code, 0);
  const second = await rig.conductor.nextWorker();
  t.is((await asked('2')).code, 0);
  t.is((await asked('3')).code, 0);
  await second.notify('READY=1');
  await (await rig.conductor.nextWorker()).notify('READY=1');
  const [one, other] = [await collector.trace(), await collector.trace()];
  t.is(one.root.traceId, '1'.repeat(32));
  t.is(other.root.traceId, '2'.repeat(32));
  t.deepEqual(other.root.links, [{traceId: '3'.repeat(32), spanId: '3'.repeat(16)}]);
});

test('a restart that is cancelled is a trace as well, and no error', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--ready=notify'], undefined, {env: collector.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  await collector.trace();
  const restarting = rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['cancel'])).code, 0);
  const {root, part} = await collector.trace();
  t.like(root.attributes, {'ssd.verdict': 'cancelled', 'ssd.reason': 'cancel'});
  t.is(root.error, null);
  t.is(part('ready').error, null);
  t.not((await restarting).code, 0);
});

for (const [what, traceparent] of [
  ['has a zero id', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
  ['is of another version', `ff-${TRACE_ID}-${SPAN_ID}-01`],
  ['is in capitals', `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
  ['has more after it', `00-${TRACE_ID}-${SPAN_ID}-01\n`],
  ['is long', 'x'.repeat(100_000)],
] as const) {
  test(`a TRACEPARENT that ${what} is no reason to refuse a restart, and begins no trace`, async t => {
    const rig = await createRig(t);
    const collector = await createCollector(t);
    const ssd = rig.ssd(['--interval=0'], undefined, {env: collector.env});
    await ssd.line(/generation 1 is ready/);
    await collector.trace();
    const {code, stderr} = await rig.ssctl(['restart'], {env: {TRACEPARENT: traceparent, TRACESTATE: 'a=b'}});
    t.is(code, 0, stderr);
    const {root} = await collector.trace();
    t.is(root.parent, null);
    t.is(root.state, undefined);
  });
}
