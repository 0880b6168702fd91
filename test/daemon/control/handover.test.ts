/** Sessions go on in the ssd that replaces this one. Their clients notice nothing. */
import {once} from 'node:events';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {MAX_SESSIONS} from '../../../src/daemon/control/server.js';
import {defer} from '../../../src/shared/deferred.js';
import type {Verdict} from '../../../src/shared/protocol/verdict.js';
import {openDescriptors} from '../../helpers/adapters/descriptors.js';
import {request} from '../../helpers/clients/raw-client.js';
import {firstStage, type Options} from './succession.js';

const VERDICT: Verdict = {verdict: 'cancelled', reason: 'cancel'};
const SCALED = {type: 'scaled', workers: 1} as const;

/** A stage with a client that has been greeted. */
async function greeted(t: ExecutionContext, options?: Options) {
  const first = firstStage(t, options);
  const client = first.client();
  await client.next();
  return {first, client};
}

// It comes before the others, which have descriptors of their own.
test.serial('no descriptor is left over', async t => {
  const {first, client} = await greeted(t);
  const count = () => openDescriptors(/socket:/).length;
  const before = count();
  const next = first.succeed();
  // The former program has closed its own by the time that a request is answered.
  client.say(request(1, 'releases'));
  t.like(await client.next(), {id: 1});
  t.is(count(), before);
  client.socket.destroy();
  await once(client.socket, 'close');
  const other = next.client();
  await other.next();
  other.say(request(1, 'restart'));
  t.like(await next.submitted(), {type: 'restart'});
  t.is(count(), before);
});

test('a client that waits for a restart gets its verdict, and its id is taken until then', async t => {
  const {first, client} = await greeted(t);
  client.say(request(7, 'restart'));
  t.like(await first.submitted(), {type: 'restart', asker: {token: '1:7'}});
  const next = first.succeed();
  next.server.tell(SCALED, ['1:7']);
  next.server.answer('1:7', VERDICT);
  t.like(await client.next(), {method: 'event', params: {request: 7, event: SCALED}});
  t.like(await client.next(), {id: 7, result: VERDICT});
  client.say(request(7, 'cancel') + request(7, 'cancel'));
  t.like(await client.next(), {id: 7, error: {data: {code: 'duplicate-id'}}});
  t.deepEqual(await next.submitted(), {type: 'cancel', token: '1:7'});
});

test('what waits is known as soon as the next line is read', async t => {
  const {first, client} = await greeted(t);
  client.say(request(7, 'restart'));
  await first.submitted();
  first.succeed();
  client.say(request(7, 'restart'));
  t.like(await client.next(), {id: 7, error: {data: {code: 'duplicate-id'}}});
});

test('a line may begin before and end after, even within a letter', async t => {
  const {first, client} = await greeted(t);
  const line = Buffer.from(request(2, 'reject', {reason: 'ü'}));
  const cut = line.indexOf(0xc3) + 1;
  client.socket.write(Buffer.concat([Buffer.from(request(1, 'releases')), line.subarray(0, cut)]));
  await client.next();
  const next = first.succeed();
  client.socket.write(line.subarray(cut));
  t.deepEqual(await next.submitted(), {type: 'reject', token: '1:2', reason: 'ü'});
});

test('one who follows the events gets each of them once, and how many they were', async t => {
  const {first, client} = await greeted(t);
  first.history.record(SCALED);
  client.say(request(1, 'events', {follow: true}));
  const seqs = [await client.next()];
  first.history.record(SCALED);
  seqs.push(await client.next());
  const next = first.succeed({onHistory: ({record}) => record(SCALED)});
  next.history.record(SCALED);
  seqs.push(await client.next(), await client.next());
  next.history.record({type: 'stopped'});
  seqs.push(await client.next());
  t.deepEqual(
    seqs.map(({params}) => (params as {event: {seq: number}}).event.seq),
    [1, 2, 3, 4, 5],
  );
  t.deepEqual((await client.next()).result, {events: 5});
});

test('one who follows only what is new gets nothing old', async t => {
  const {first, client} = await greeted(t);
  first.history.record(SCALED);
  client.say(request(1, 'events', {follow: true, sinceMs: 0}) + request(2, 'releases'));
  await client.next();
  await client.next();
  const next = first.succeed();
  client.say(request(3, 'releases'));
  t.like(await client.next(), {id: 3});
  next.history.record({type: 'stopped'});
  t.like(await client.next(), {params: {event: {seq: 2}}});
  t.like(await client.next(), {id: 1, result: {events: 2}});
});

test('a client that has ended its writing half still gets its answer, and then the end', async t => {
  const {first, client} = await greeted(t);
  client.socket.end(request(1, 'restart'));
  await first.submitted();
  const next = first.succeed();
  // By the time that another client is served, the end of this one is read again.
  const other = next.client();
  await other.next();
  other.say(request(1, 'releases'));
  await other.next();
  next.server.answer('1:1', VERDICT);
  t.like(await client.next(), {id: 1, result: VERDICT});
  await client.closed;
  t.pass();
});

test('all sessions go on, count for the limit, and their numbers are not given again', async t => {
  const first = firstStage(t);
  const clients = [];
  for (let count = 0; count < MAX_SESSIONS; count += 1) {
    const client = first.client();
    await client.next();
    clients.push(client);
  }
  const [oldest, waiting] = clients;
  oldest?.say(request(1, 'restart'));
  await first.submitted();
  const next = first.succeed();
  for (const [nth, client] of clients.entries()) {
    client.say(request(2, 'releases'));
    t.like(await client.next(), {id: 2}, `session ${nth}`);
  }
  const late = next.client();
  t.is((await late.next()).method, 'hello');
  await waiting?.closed;
  late.say(request(1, 'cancel'));
  t.deepEqual(await next.submitted(), {type: 'cancel', token: `${MAX_SESSIONS + 1}:1`});
  next.server.answer('1:1', VERDICT);
  t.like(await oldest?.next(), {id: 1, result: VERDICT});
});

test('the connection of one that does not read ends, and the core forgets what it waits for', async t => {
  const asked = defer<void>();
  const metrics = async () => {
    asked.resolve();
    return {text: 'x'.repeat(3_000_000)};
  };
  const first = firstStage(t, {daemon: {metrics}});
  const deaf = net.connect(first.path).pause();
  t.teardown(() => deaf.destroy());
  deaf.on('error', () => {});
  deaf.write(request(1, 'restart') + request(2, 'metrics'));
  await first.submitted();
  // A session is served for a millisecond at a time, and this is its second line.
  await asked.promise;
  await first.server.settled();
  const next = first.succeed();
  t.deepEqual(next.handOver(), {lastSession: 1, sessions: [], dropped: ['1:1']});
  t.deepEqual(await next.submitted(), {type: 'forget', token: '1:1'});
  t.deepEqual(next.handOver().dropped, []);
  deaf.resume();
  await once(deaf, 'close');
});

test('a session that ends in the next program is forgotten there', async t => {
  const {first, client} = await greeted(t);
  client.say(request(1, 'restart'));
  await first.submitted();
  const next = first.succeed();
  client.socket.destroy();
  // Only a write tells that nobody reads.
  next.server.tell(SCALED, ['1:1']);
  t.deepEqual(await next.submitted(), {type: 'forget', token: '1:1'});
});

test('an answer that is being made is made again', async t => {
  const {first, client} = await greeted(t, {daemon: {connections: () => new Promise(() => {})}});
  client.say(request(1, 'connections', {generation: 3}) + request(2, 'releases'));
  t.like(await client.next(), {id: 2});
  const asked: unknown[] = [];
  first.succeed({
    daemon: {
      connections: async whose => {
        asked.push(whose);
        return {total: 0, connections: [], workers: [], unknown: []};
      },
    },
  });
  t.like(await client.next(), {id: 1, result: {connections: []}});
  t.deepEqual(asked, [{generation: 3, worker: null}]);
});

test('a request that the next program does not know any more is refused', async t => {
  const {first, client} = await greeted(t, {daemon: {metrics: () => new Promise(() => {})}});
  client.say(request(1, 'metrics') + request(2, 'releases'));
  await client.next();
  first.succeed({instead: state => JSON.parse(JSON.stringify(state).replace('"metrics"', '"measures"'))});
  t.like(await client.next(), {id: 1, error: {data: {code: 'unknown-method'}}});
});

test('what is being made is waited for, but not for ever', async t => {
  const made: ((made: {text: string}) => void)[] = [];
  const {first, client} = await greeted(t, {daemon: {metrics: () => new Promise(done => made.push(done))}});
  client.say(request(1, 'metrics') + request(2, 'releases'));
  await client.next();
  await first.server.settled();
  t.is(first.handOver().sessions[0]?.requests.length, 1);
  made[0]?.({text: ''});
  await first.server.settled();
  t.deepEqual(first.handOver().sessions[0]?.requests, []);
  t.like(await client.next(), {id: 1});
});

test('a descriptor that is none costs only its own session', async t => {
  const {first, client} = await greeted(t);
  client.say(request(1, 'restart'));
  await first.submitted();
  const requests = [{id: 1, token: '0:1', from: 'core'}] as const;
  const broken = {number: 0, fd: 1_000_000, received: '', requests};
  const next = first.succeed({instead: state => ({...state, sessions: [broken, ...state.sessions]})});
  t.deepEqual(await next.submitted(), {type: 'forget', token: '0:1'});
  t.regex(next.told.join('\n'), /^a session that was handed over: /);
  next.server.answer('1:1', VERDICT);
  t.like(await client.next(), {id: 1, result: VERDICT});
});
