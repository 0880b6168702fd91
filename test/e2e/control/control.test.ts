import {readFileSync, statSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {type RawClient, rawClient, request} from '../../helpers/clients/raw-client.js';
import {createRig, type Rig, type Running} from '../../helpers/rig.js';

async function serving(t: ExecutionContext): Promise<{rig: Rig; ssd: Running; client: RawClient}> {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  t.teardown(() => client.socket.destroy());
  return {rig, ssd, client};
}

test('the daemon greets with protocol, version, instance and pid', async t => {
  const {ssd, client} = await serving(t);
  const {version} = JSON.parse(readFileSync('package.json', 'utf8'));
  t.deepEqual(await client.next(), {
    jsonrpc: '2.0',
    method: 'hello',
    params: {protocol: 1, version, instance: 'perl', pid: ssd.pid},
  } as object);
});

test('a restart reports its progress and then its one result', async t => {
  const {client} = await serving(t);
  await client.next();
  client.say(request(7, 'restart'));
  const types: unknown[] = [];
  let message = await client.next();
  for (; message.method === 'event'; message = await client.next()) {
    t.is(message.params?.request, 7);
    types.push((message.params?.event as {type?: string} | undefined)?.type);
  }
  t.deepEqual(types, ['restart-asked', 'spawned', 'ready', 'telling', 'finished', 'restart-ended']);
  t.like(message, {id: 7, result: {verdict: 'completed', generation: 2, replaced: [1]}});
});

test('requests during a restart share one further restart and its verdict', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.3']);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  t.teardown(() => client.socket.destroy());
  client.say([1, 2, 3, 4].map(id => request(id, 'restart')).join(''));
  const results = new Map<unknown, unknown>();
  while (results.size < 4) {
    const {id, result} = await client.next();
    if (result) results.set(id, result.generation);
  }
  t.deepEqual([...results.entries()].sort(), [
    [1, 2],
    [2, 3],
    [3, 3],
    [4, 3],
  ]);
  t.notRegex(ssd.stderr(), /generation 4/);
});

const refusals: readonly (readonly [title: string, line: string, code: string, id: number | null])[] = [
  ['no JSON', 'restart please\n', 'parse-error', null],
  ['no request', '{"id":4}\n', 'invalid-request', 4],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"status"}]\n', 'invalid-request', null],
  ['a number', '17\n', 'invalid-request', null],
  ['an unknown method', request(5, 'constructor'), 'unknown-method', 5],
  ['unknown parameters', request(6, 'stop', {now: true}), 'invalid-params', 6],
  ['parameters out of range', request(6, 'restart', {attempts: -1}), 'invalid-params', 6],
  ['deep nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}\n`, 'invalid-request', null],
];

for (const [title, line, code, id] of refusals) {
  test(`a line that is ${title} gets ${code}, and the session continues`, async t => {
    const {client} = await serving(t);
    await client.next();
    client.say(line);
    t.like(await client.next(), {id, error: {data: {code}}});
    client.say(request(9, 'status'));
    t.like(await client.next(), {id: 9, result: {wanted: 'running'}});
  });
}

for (const [title, text, code] of [
  ['only null', 'null\n', 'invalid-request'],
  ['over 64 KiB', 'x'.repeat(70_000), 'line-too-long'],
] as const) {
  test(`a line that is ${title} gets ${code} and ends that session only`, async t => {
    const {rig, client} = await serving(t);
    await client.next();
    client.say(text);
    t.like(await client.next(), {id: null, error: {data: {code}}});
    await client.closed;
    t.is((await rig.ssctl(['status'])).code, 0);
  });
}

test('an id that already waits is refused, and the first request keeps its answer', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.3']);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  t.teardown(() => client.socket.destroy());
  client.say(request(1, 'restart') + request(1, 'status'));
  const answers: unknown[] = [];
  while (answers.length < 2) {
    const message = await client.next();
    if (message.error) answers.push(message.error.data.code);
    if (message.result) answers.push(message.result.verdict);
  }
  t.deepEqual(answers, ['duplicate-id', 'completed']);
});

test('a client that sends requests and does not read is dropped, and ssd serves the others', async t => {
  const {rig, client} = await serving(t);
  await client.next();
  client.socket.pause();
  const flood = Array.from({length: 300}, (_, id) => request(id, 'status')).join('');
  const pour = () => {
    while (!client.socket.destroyed && client.socket.write(flood));
  };
  client.socket.on('drain', pour);
  pour();
  await client.closed;
  t.is((await rig.ssctl(['status'])).code, 0);
});

test('sessions are bounded: an idle one makes room for a new one', async t => {
  const {rig, client} = await serving(t);
  await client.next();
  const more = Array.from({length: 64}, () => rawClient(rig.control));
  t.teardown(() => {
    for (const {socket} of more) socket.destroy();
  });
  await Promise.all(more.map(other => other.next()));
  await client.closed;
  t.is((await rig.ssctl(['status'])).code, 0);
});

test('a client that leaves does not take its restart with it', async t => {
  const {ssd, client} = await serving(t);
  await client.next();
  client.say(request(1, 'restart'));
  await client.next();
  client.socket.destroy();
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.pass();
});

test('a client that shuts down its writing half gets its answers, even for a last line without a newline', async t => {
  const {client} = await serving(t);
  await client.next();
  client.socket.end(request(1, 'restart') + request(2, 'status').trimEnd());
  const answered: unknown[] = [];
  while (answered.length < 2) {
    const {id, result} = await client.next();
    if (result) answered.push(id);
  }
  t.deepEqual(answered.toSorted(), [1, 2]);
  await client.closed;
});

test('the control socket is for its user only', async t => {
  const {rig} = await serving(t);
  t.is(statSync(rig.control).mode & 0o777, 0o600);
});
