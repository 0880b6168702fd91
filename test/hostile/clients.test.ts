/** Clients that send half a message, too much, or all at once. */
import test from 'ava';
import {recovers, stage} from '../faults/scene.js';
import {restart, status} from '../helpers/clients/control.js';
import {type RawClient, rawClient, request} from '../helpers/clients/raw-client.js';
import {watched} from '../helpers/mailbox.js';
import {peakMib, residentMib} from '../helpers/process-figures.js';
import {needs} from '../helpers/programs.js';
import {createRig} from '../helpers/rig.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const run = needs('perl');

run('a line of 1 GB is cut off at once, and costs no memory', async t => {
  const {rig, ssd, traffic, ...scene} = await stage(t);
  const before = peakMib(ssd.pid);
  const client = rawClient(rig.control);
  await client.next();
  const piece = 'x'.repeat(64 * 1024);
  let sent = 0;
  const pour = () => {
    for (let more = true; more && sent < GIB && !client.socket.destroyed; sent += piece.length) {
      more = client.socket.write(piece);
    }
  };
  client.socket.on('drain', pour);
  pour();
  t.like(await client.next(), {id: null, error: {data: {code: 'line-too-long'}}});
  await watched(client.closed, () => 'it was not hung up on');
  t.log(
    `${(sent / MIB).toFixed(1)} MiB were taken; memory grew by ${(peakMib(ssd.pid) - before).toFixed(1)} MiB`,
  );
  t.true(sent < 8 * MIB);
  t.true(peakMib(ssd.pid) - before < 16);
  await recovers(t, {rig, ssd, traffic, ...scene});
});

run('a client that sends half a line and leaves is forgotten, and one that stays is waited for', async t => {
  const scene = await stage(t);
  const half = request(1, 'restart').slice(0, 20);
  for (let round = 0; round < 200; round += 1) {
    const client = rawClient(scene.rig.control);
    client.say(half);
    await client.next();
    client.socket.destroy();
  }
  const patient = rawClient(scene.rig.control);
  t.teardown(() => patient.socket.destroy());
  await patient.next();
  patient.say(half);
  t.like(await restart(scene.rig), {verdict: 'completed', generation: 2});
  patient.say(request(1, 'restart').slice(20));
  let message = await patient.next();
  while (message.id !== 1) message = await patient.next();
  t.like(message.result, {verdict: 'completed', generation: 3});
  await recovers(t, scene);
});

test('a line that comes byte by byte up to the limit is taken, and costs no more than its length', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0'], ['sleep', '1000']);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  t.teardown(() => client.socket.destroy());
  await client.next();
  const text = request(1, 'status');
  const line = `${' '.repeat(20_000)}${text}`;
  for (const byte of line) await new Promise(resolve => client.socket.write(byte, resolve));
  t.like(await client.next(), {id: 1, result: {current: 1}});
});

run('a flood of restarts by many at once: each is answered once, and they are few', async t => {
  const scene = await stage(t);
  const [clients, each] = [50, 20];
  const verdicts = await Promise.all(
    Array.from({length: clients}, async () => {
      const client = rawClient(scene.rig.control);
      t.teardown(() => client.socket.destroy());
      client.say(Array.from({length: each}, (_, id) => request(id, 'restart', {until: 'ready'})).join(''));
      return answersOf(client, each);
    }),
  );
  t.deepEqual([...new Set(verdicts.flat())], ['completed']);
  const {current} = (await status(scene.rig)) as {current?: number};
  t.log(`${clients * each} requests made ${Number(current) - 1} restarts`);
  t.true(Number(current) < 60);
  t.true(residentMib(scene.ssd.pid) < 160);
  await recovers(t, scene);
});

run('a flood of stops, restarts and cancels by many at once: all are answered, and ssd ends', async t => {
  const {rig, ssd, traffic, behave} = await stage(t);
  await traffic.stop();
  // The worker delays the end until everybody has been answered.
  behave('never-end');
  const {pids} = (await restart(rig)) as {pids?: number[]};
  const verbs = ['stop', 'restart', 'cancel', 'status', 'scale'];
  const clients = Array.from({length: 40}, () => rawClient(rig.control));
  t.teardown(() => {
    for (const {socket} of clients) socket.destroy();
  });
  await Promise.all(clients.map(client => client.next()));

  const answers = clients.map((client, index) => {
    const verb = verbs[index % verbs.length] ?? '';
    client.say(request(1, verb, verb === 'scale' ? {workers: 1} : {}));
    return {verb, answer: answersOf(client, 1)};
  });
  await Promise.all(answers.filter(({verb}) => verb !== 'stop').map(({answer}) => answer));
  process.kill(Number(pids?.[0]), 'SIGKILL');

  const stops = answers.filter(({verb}) => verb === 'stop').map(({answer}) => answer);
  t.deepEqual([...new Set((await Promise.all(stops)).flat())], ['stopped']);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

run(
  'when every session waits for an answer a newcomer is turned away, and SIGHUP still restarts',
  async t => {
    const scene = await stage(t);
    const followers = Array.from({length: 64}, () => rawClient(scene.rig.control));
    t.teardown(() => {
      for (const {socket} of followers) socket.destroy();
    });
    for (const follower of followers) follower.say(request(1, 'events', {follow: true, sinceMs: 0}));
    await Promise.all(followers.map(follower => follower.next()));
    const {code, stderr} = await scene.rig.ssctl(['status']);
    t.is(code, 1);
    t.regex(stderr, /too many requests or sessions are already waiting/);
    scene.ssd.kill('SIGHUP');
    await scene.ssd.line(/restart completed: generation 2/);
    followers[0]?.socket.destroy();
    // The daemon notices that some time later.
    while ((await scene.rig.ssctl(['status'])).code !== 0);
    await recovers(t, scene);
  },
);

/** The final answers to this many requests, each as one word. */
async function answersOf(client: RawClient, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const {id, result, error} = await client.next();
    if (id === undefined) continue;
    found.push(error?.data.code ?? String(result?.verdict ?? (result?.stopped ? 'stopped' : 'answered')));
  }
  return found;
}
