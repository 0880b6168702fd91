import test from 'ava';
import {connect, type Verdict} from '../../../src/library/index.js';
import {createRig, type Rig} from '../../helpers/rig.js';
import {all, connected, errorOf} from './client.js';

/** A verdict in a word and a number: each kind has members of its own, which the compiler knows. */
function summary(verdict: Verdict): readonly [string, number | string] {
  switch (verdict.verdict) {
    case 'completed':
      return [verdict.verdict, verdict.generation];
    case 'failed':
      return [verdict.ending.type, verdict.generation];
    case 'superseded':
      return [verdict.verdict, verdict.by];
    case 'cancelled':
      return [verdict.verdict, verdict.reason];
  }
}

test('connect has a function for each verb, and a restart that fails is a verdict', async t => {
  const rig = await createRig(t);
  rig.ssd(['--ready=fd', '--name=web']);
  await becomesReady(rig);
  const ssd = await connected(t, rig);
  t.is(ssd.instance.name, 'web');
  t.is(ssd.control, rig.control);
  t.is((await ssd.status()).current, 1);

  const seen: string[] = [];
  const good = ssd.restart({}, {onEvent: event => seen.push(event.type)});
  await becomesReady(rig);
  t.deepEqual(summary(await good), ['completed', 2]);
  t.true(seen.includes('ready'));

  const bad = ssd.restart();
  (await rig.conductor.nextWorker()).exit(3);
  t.deepEqual(summary(await bad), ['exited', 3]);

  t.deepEqual(await ssd.cancel(), {cancelled: false, generation: null});
  t.is((await ssd.discover()).info.version, ssd.instance.version);
  t.regex((await ssd.metrics()).text, /ssd_restarts/);
});

test('connect finds an instance by its name, and the only one without', async t => {
  const rig = await createRig(t);
  const failed = await errorOf(t, connect({name: 'no-such-instance'}));
  t.is(failed.code, 'no-instance');
  t.regex(failed.message, /no-such-instance.* give control, the path of its socket$/);
  t.is((await errorOf(t, connect({control: rig.path('nothing')}))).code, 'no-socket');
});

test('what ssd refuses is an error with the reason that ssd gives', async t => {
  const rig = await createRig(t);
  rig.ssd([]);
  await rig.conductor.nextWorker();
  const ssd = await connected(t, rig);
  const refused = await errorOf(t, ssd.reopenLogs());
  t.deepEqual([refused.code, refused.reason], ['request-refused', 'no-log-file']);
  const wrong = await errorOf(t, ssd.signal({signal: 'NOSUCH'}));
  t.deepEqual([wrong.code, wrong.reason], ['request-refused', 'invalid-params']);
});

test('an AbortSignal ends the wait for a restart, and not the restart', async t => {
  const rig = await createRig(t);
  rig.ssd(['--ready=fd']);
  await becomesReady(rig);
  const ssd = await connected(t, rig);
  const giveUp = new AbortController();
  const asked = ssd.restart({}, {signal: giveUp.signal});
  await rig.conductor.nextWorker();
  giveUp.abort(new Error('enough'));
  t.is((await errorOf(t, asked)).message, 'enough');
  t.deepEqual(await ssd.cancel(), {cancelled: true, generation: 2});
  t.is((await errorOf(t, ssd.restart({}, {signal: giveUp.signal}))).message, 'enough');
  t.is((await errorOf(t, connect({control: rig.control, signal: giveUp.signal}))).message, 'enough');
  // The second one was never asked for.
  t.is((await ssd.status()).incoming, null);
});

test('events are an async iterator, which can be left, given up and closed', async t => {
  const rig = await createRig(t);
  rig.ssd(['--ready=fd']);
  await becomesReady(rig);
  const ssd = await connected(t, rig);
  const past = await all(ssd.events());
  t.deepEqual(
    past.map(({seq, type}) => [seq, type]).filter(([, type]) => type !== 'worker-ready'),
    [
      [1, 'spawned'],
      [past.length, 'ready'],
    ],
  );

  for await (const event of ssd.events({follow: true})) {
    if (event.type === 'spawned' && event.generation === 1)
      void ssd.restart({until: 'ready'}).catch(() => {});
    if (event.type === 'spawned' && event.generation === 2) break;
  }
  await ready(rig);

  const giveUp = new AbortController();
  const given = ssd.events({follow: true, sinceMs: 0}, {signal: giveUp.signal});
  const next = given.next();
  giveUp.abort(new Error('enough'));
  t.is((await errorOf(t, next)).message, 'enough');
  t.true((await given.next()).done);

  const closing = all(ssd.events({follow: true}), () => ssd.close());
  t.not((await closing).length, 0);
  await ssd.closed;
  t.is((await errorOf(t, ssd.status())).code, 'connection-lost');
});

test('following ends when ssd stops', async t => {
  const rig = await createRig(t);
  rig.ssd([]);
  await rig.conductor.nextWorker();
  const ssd = await connected(t, rig);
  const events = ssd.events({follow: true});
  t.is((await events.next()).value?.seq, 1);
  const followed = all(events);
  t.like(await ssd.stop(), {stopped: true});
  t.is((await followed).at(-1)?.type, 'stopped');
  await ssd.closed;
});

test('a request whose ssd dies is an error, and events break off', async t => {
  const rig = await createRig(t);
  const daemon = rig.ssd(['--ready=fd']);
  await becomesReady(rig);
  const ssd = await connected(t, rig);
  const asked = ssd.restart();
  const followed = all(ssd.events({follow: true}));
  await rig.conductor.nextWorker();
  await ssd.status();
  daemon.kill('SIGKILL');
  t.is((await errorOf(t, asked)).code, 'gone-before-done');
  t.is((await errorOf(t, followed)).code, 'connection-lost');
  await ssd.closed;
});

test('with reconnect, requests and events go on with the next ssd, and no event is missing or twice', async t => {
  const rig = await createRig(t);
  const args = ['--interval=0.1'];
  const first = rig.ssd(args);
  await first.line(/generation 1 is ready/);
  const ssd = await connected(t, rig, {reconnect: true});
  const past = await all(ssd.events());
  const events = ssd.events({follow: true});
  for (const {seq} of past) t.is((await events.next()).value?.seq, seq);
  first.kill('SIGKILL');
  await first.exit();
  const second = rig.ssd(args);
  const next = (await events.next()).value;
  t.deepEqual([next?.seq, next?.type], [1, 'adopted']);
  t.is((await ssd.status()).pid, second.pid);
  t.is(ssd.instance.pid, second.pid);
});

test('with reconnect, a replaced ssd tells its events once', async t => {
  const rig = await createRig(t);
  const daemon = rig.ssd(['--interval=0.1']);
  await daemon.line(/generation 1 is ready/);
  const ssd = await connected(t, rig, {reconnect: true});
  const events = ssd.events({follow: true});
  const seen = [(await events.next()).value];
  t.like(await ssd.reexec(), {verdict: 'completed'});
  t.is((await ssd.restart()).verdict, 'completed');
  while (seen.at(-1)?.type !== 'restart-ended') seen.push((await events.next()).value);
  const numbers = seen.map(event => event?.seq);
  t.deepEqual(
    numbers,
    numbers.map((_, at) => at + 1),
  );
});

async function becomesReady(rig: Rig): Promise<void> {
  await ready(rig);
  await rig.ssctl(['wait', 'ready']);
}

async function ready(rig: Rig): Promise<void> {
  const worker = await rig.conductor.nextWorker();
  await worker.write(Number(worker.env.SSD_READY_FD), '\n');
}
