/** Connections as ssd sees them, of a process that accepts as a worker does. */
import {spawn} from 'node:child_process';
import net from 'node:net';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import type {Listening} from '../../../src/daemon/config/listening/read.js';
import type {Listener} from '../../../src/daemon/sockets/listener.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
import {createConnectionReader} from '../../../src/daemon/traffic/connections.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

/** Accepts each connection and keeps it, and says so. */
const WORKER = 'while (accept my $client, $listener) { push @kept, $client; print "accepted\\n" }';

/** Runs a script that has the listener, and says its pid first. */
async function worker(t: ExecutionContext, {own}: Listener, script = WORKER) {
  const begin = `$| = 1; open my $listener, '+<&=', 3 or die; print "$$\\n"; ${script}`;
  const child = spawn('perl', ['-MSocket', '-e', begin], {stdio: ['ignore', 'pipe', 'inherit', own]});
  t.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  const says = async () => String((await lines.next()).value);
  return {pid: Number(await says()), says};
}

async function listen(
  t: ExecutionContext,
  spec: Parameters<typeof placeListeners>[0][number],
  listening: Partial<Listening> = {},
) {
  const [listener] = await openListeners({listeners: placeListeners([spec]), backlog: 7, listening});
  if (!listener) throw new Error('no listener');
  t.teardown(() => closeListeners([listener]));
  return listener;
}

const now = () => performance.now();
const portOf = ({address}: Listener) => Number(address.split(':').at(-1));

function connect(t: ExecutionContext, target: net.NetConnectOpts): net.Socket {
  const client = net.connect(target);
  t.teardown(() => client.destroy());
  client.on('error', () => {});
  return client;
}

test('a listener is known by what the kernel calls it, whatever its name is', async t => {
  const path = join(temporaryDirectory(t), 'socket');
  const listener = await listen(t, parsePath(path));
  const {pid, says} = await worker(t, listener);
  connect(t, {path});
  await says();
  // As one that a service manager has passed and named.
  const reader = createConnectionReader({listeners: [{...listener, name: 'web'}], now});
  const held = (await reader.look([pid], true)).get(pid);
  t.is(held?.count, 1);
  t.like(held?.rows[0], {listener: 'web', type: 'unix', peer: `uid ${process.getuid?.()}`});
});

test('the connections of an abstract listener are counted', async t => {
  const name = `ssdt-${process.pid}-counted`;
  const listener = await listen(t, parsePath(`@${name}`));
  const {pid, says} = await worker(t, listener);
  const script = 'socket S, AF_UNIX, SOCK_STREAM, 0; connect S, sockaddr_un("\\0".shift) or die; sleep 1000';
  // Node 20 cannot connect to an abstract name.
  const client = spawn('perl', ['-MSocket', '-e', script, name], {stdio: 'inherit'});
  t.teardown(() => client.kill('SIGKILL'));
  await says();
  const held = (await createConnectionReader({listeners: [listener], now}).look([pid], true)).get(pid);
  t.is(held?.count, 1);
  t.like(held?.rows[0], {listener: `@${name}`});
});

test('a client of IPv4 at a listener of IPv6 is shown with its own address', async t => {
  const listener = await listen(t, parsePort('[::]:0'), {ipv6Dual: true});
  const {pid, says} = await worker(t, listener);
  const client = connect(t, {host: '127.0.0.1', port: portOf(listener)});
  await says();
  const held = (await createConnectionReader({listeners: [listener], now}).look([pid], true)).get(pid);
  t.is(held?.rows[0]?.peer, `[::ffff:127.0.0.1]:${client.localPort}`);
});

test('a connection whose number another one had before is seen, and one that stays is remembered', async t => {
  const listener = await listen(t, parsePort('127.0.0.1:0'));
  const script = `
    accept my $stays, $listener; print "accepted\\n"; accept my $client, $listener; print "accepted\\n";
    sysread $client, my $end, 1; close $client; accept $client, $listener; print "accepted\\n"; sleep 1000`;
  const {pid, says} = await worker(t, listener, script);
  const target = {host: '127.0.0.1', port: portOf(listener)};
  let time = 5000;
  const reader = createConnectionReader({listeners: [listener], now: () => time});
  const peers = async () => {
    const held = (await reader.look([pid], true)).get(pid);
    return held?.rows.map(({peer, ageMs}) => [peer, ageMs >= 60_000]);
  };
  const addressOf = ({localPort}: net.Socket) => `127.0.0.1:${localPort}`;
  const stays = connect(t, target);
  await says();
  const goes = connect(t, target);
  await says();
  t.deepEqual((await peers())?.sort(), [stays, goes].map(one => [addressOf(one), false]).sort());
  time += 60_000;
  goes.end();
  const comes = connect(t, target);
  await says();
  t.deepEqual(await peers(), [
    [addressOf(stays), true],
    [addressOf(comes), false],
  ]);
});

test('a connection at the number of a file that was closed is seen, too', async t => {
  const listener = await listen(t, parsePort('127.0.0.1:0'));
  const script = `
    open my $file, '<', '/dev/null'; accept my $one, $listener; print "accepted\\n";
    accept my $gone, $listener; close $file; open my $second, '+<&', $gone; close $gone; print "accepted\\n"; sleep 1000`;
  const {pid, says} = await worker(t, listener, script);
  const reader = createConnectionReader({listeners: [listener], now});
  for (const count of [1, 2]) {
    connect(t, {host: '127.0.0.1', port: portOf(listener)});
    await says();
    t.is((await reader.look([pid])).get(pid)?.count, count);
  }
});

test('connections that others have accepted count for no worker', async t => {
  const listener = await listen(t, parsePort('127.0.0.1:0'));
  const target = {host: '127.0.0.1', port: portOf(listener)};
  const other = await worker(t, listener, 'accept my $client, $listener; print "accepted\\n"; sleep 1000');
  connect(t, target);
  await other.says();
  const {pid, says} = await worker(t, listener);
  const reader = createConnectionReader({listeners: [listener], now});
  for (const count of [1, 2, 3]) {
    connect(t, target);
    await says();
    t.is((await reader.look([pid])).get(pid)?.count, count);
    t.is((await reader.look([pid])).get(pid)?.count, count);
  }
});

test('of a worker that has ended nothing is known, though nobody has collected it', async t => {
  const listener = await listen(t, parsePort('127.0.0.1:0'));
  const parent = await worker(t, listener, 'my $pid = fork; exit 0 unless $pid; print "$pid\\n"; sleep 1000');
  const pid = Number(await parent.says());
  const reader = createConnectionReader({listeners: [listener], now});
  // It ends a moment after its parent has said its number.
  while ((await reader.look([pid])).has(pid));
  t.false((await reader.look([pid])).has(pid));
  t.true((await reader.look([parent.pid])).has(parent.pid));
});
