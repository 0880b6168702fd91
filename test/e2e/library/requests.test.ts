/** What a client does that is told wrong things, or is closed while it waits. */
import test from 'ava';
import {createRig, type Rig} from '../../helpers/rig.js';
import {all, connected, errorOf} from './client.js';

test('wrong options of a request are refused, and nothing is sent', async t => {
  const rig = await createRig(t);
  rig.ssd([]);
  await rig.conductor.nextWorker();
  const ssd = await connected(t, rig);
  const {signal} = new AbortController();
  const wrong: readonly (readonly [unknown, string])[] = [
    [{sginal: signal}, 'unknown option sginal (did you mean signal?)'],
    [{signal: 1}, 'option signal is 1: expected an AbortSignal'],
    [{onEvent: 'log'}, "option onEvent is 'log': expected a function"],
    [signal, 'options is AbortSignal { aborted: false }: expected an object'],
    [null, 'options is null: expected an object'],
  ];
  for (const [options, message] of wrong) {
    const error = await errorOf(t, ssd.restart({}, options as object));
    t.deepEqual([error.code, error.message], ['option-invalid', message]);
  }
  t.like(await errorOf(t, ssd.restart(null as unknown as object)), {
    code: 'option-invalid',
    option: 'params',
  });
  const events = ssd.events({}, {sginal: signal} as object);
  t.like(await errorOf(t, events.next()), {code: 'option-invalid', option: 'sginal'});
  const past = await all(ssd.events());
  t.false(past.some(({type}) => type === 'restart-asked'));
});

for (const [how, fail] of [
  ['throws', () => raise()],
  ['is async and rejects', async () => raise()],
] as const) {
  test(`an onEvent that ${how} is a failure of its request, which goes on`, async t => {
    const rig = await createRig(t);
    rig.ssd(['--interval=0.1']);
    await rig.ssctl(['wait', 'ready']);
    const ssd = await connected(t, rig);
    const asked = ssd.restart({}, {onEvent: fail});
    t.is((await errorOf(t, asked)).message, 'the listener is broken');
    for await (const event of ssd.events({follow: true})) if (event.type === 'restart-ended') break;
    t.is((await ssd.status()).current, 2);
  });
}

test('close ends the iterators of a client that waits for the next ssd, and says so to its requests', async t => {
  const rig = await createRig(t);
  const daemon = rig.ssd([]);
  await rig.conductor.nextWorker();
  const ssd = await connected(t, rig, {reconnect: true});
  const events = ssd.events({follow: true});
  t.is((await events.next()).value?.seq, 1);
  daemon.kill('SIGTERM');
  await daemon.exit();
  const followed = all(events);
  const asked = errorOf(t, ssd.status());
  const late = all(ssd.events({follow: true}));
  t.false(await Promise.race([followed.then(() => true), rig.ssctl(['status']).then(() => false)]));
  ssd.close();
  t.is((await followed).at(-1)?.type, 'stopped');
  t.deepEqual(await late, []);
  const {code, message} = (await asked) as Error & {readonly code: string};
  t.is(code, 'connection-lost');
  // The client may not have seen the end of ssd yet when it asks.
  t.regex(message, /this client has closed its connection|ssd has ended or closed it/);
});

for (const reconnect of [false, true]) {
  test(`after close, requests and events are errors that say so, with reconnect: ${reconnect}`, async t => {
    const rig = await createRig(t);
    rig.ssd(['--ready=fd']);
    await rig.conductor.nextWorker();
    const ssd = await connected(t, rig, {reconnect});
    const asked = errorOf(t, ssd.restart());
    await ssd.status();
    ssd.close();
    await ssd.closed;
    t.like(await asked, closed(rig, 'restart'));
    t.like(await errorOf(t, ssd.status()), closed(rig, 'status'));
    t.like(await errorOf(t, ssd.events().next()), closed(rig, 'events'));
  });
}

function closed({control}: Rig, verb: string) {
  const message = `${verb} was not answered: this client has closed its connection to ${control}`;
  return {code: 'connection-lost', message};
}

function raise(): never {
  throw new Error('the listener is broken');
}
