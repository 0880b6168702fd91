import dgram from 'node:dgram';
import {once} from 'node:events';
import net from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import {acceptQueue, dropsAt, receiveBuffer} from '../../../src/daemon/sockets/accept-queue.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
import {duplicateAbove, SOL_SOCKET, setSocketOption} from '../../../src/daemon/system/posix.js';
import {untilReadable} from '../../../src/daemon/system/posix-datagram.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

for (const host of ['127.0.0.1', '[::1]']) {
  test(`connections that nobody has accepted are counted: ${host}`, async t => {
    const [listener] = await openListeners({listeners: placeListeners([parsePort(`${host}:0`)]), backlog: 7});
    if (!listener) throw new Error('no listener');
    t.teardown(() => closeListeners([listener]));
    t.deepEqual(acceptQueue(listener), {waiting: 0, limit: 7});
    const port = Number(listener.address.split(':').at(-1));
    for (const waiting of [1, 2, 3]) {
      const client = net.connect({host: host.replace(/[[\]]/g, ''), port});
      t.teardown(() => client.destroy());
      await once(client, 'connect');
      t.deepEqual(acceptQueue(listener), {waiting, limit: 7});
    }
  });
}

test('connections that nobody has accepted are counted at a unix listener', async t => {
  const path = join(temporaryDirectory(t), 'socket');
  const listener = await listen(t, parsePath(path), 5);
  t.deepEqual(acceptQueue(listener), {waiting: 0, limit: 5});
  for (const waiting of [1, 2, 3]) {
    const client = net.connect({path});
    t.teardown(() => client.destroy());
    await once(client, 'connect');
    t.deepEqual(acceptQueue(listener), {waiting, limit: 5});
  }
  t.is(dropsAt(listener), 0);
});

test('a client that finds the queue full tries again, and each try is a drop', async t => {
  const listener = await listen(t, parsePort('127.0.0.1:0'), 1);
  t.is(dropsAt(listener), 0);
  const port = Number(listener.address.split(':').at(-1));
  const connect = async () => {
    const client = net.connect({host: '127.0.0.1', port});
    t.teardown(() => client.destroy());
    await once(client, 'connect');
  };
  // The kernel lets one more wait than the backlog says.
  await connect();
  await connect();
  t.is(dropsAt(listener), 0);
  const late = [connect(), connect(), connect()];
  const server = net.createServer(socket => t.teardown(() => socket.destroy()));
  await new Promise(resolve => setImmediate(resolve));
  server.listen({fd: duplicateAbove(listener.own, 3)});
  t.teardown(() => server.close());
  await Promise.all(late);
  t.is(dropsAt(listener), 3, 'each of the three was dropped once, and let in a second later');
});

test('datagrams that wait take memory, and what does not fit is a drop', async t => {
  const listener = await listen(t, parsePort('127.0.0.1:u0'), 1);
  t.is(acceptQueue(listener), null);
  t.is(receiveBuffer(listener)?.bytes, 0);
  setSocketOption(listener.own, SOL_SOCKET, SO_RCVBUF, 4096);
  const client = dgram.createSocket('udp4');
  t.teardown(() => client.close());
  const port = Number(listener.address.split(':').at(-1));
  const send = () => new Promise(resolve => client.send(Buffer.alloc(1000), port, '127.0.0.1', resolve));
  for (let sent = 0; sent < 20; sent += 1) await send();
  await untilReadable(listener.own);
  const {bytes = 0, limit = 0} = receiveBuffer(listener) ?? {};
  t.is(limit, 8192);
  t.true(bytes > 1000 && bytes < 2 * limit, `${bytes}`);
  t.true(Number(dropsAt(listener)) > 0);
});

test('of a closed listener nothing is known', t => {
  const closed = {type: 'tcp', own: 1_000_000} as const;
  t.deepEqual([acceptQueue(closed), receiveBuffer(closed), dropsAt(closed)], [null, null, null]);
  t.is(acceptQueue({type: 'unix', own: 1_000_000}), null);
});

/** SO_RCVBUF; the kernel doubles it for its own share (socket(7)). */
const SO_RCVBUF = 8;

async function listen(
  t: ExecutionContext,
  spec: Parameters<typeof placeListeners>[0][number],
  backlog: number,
) {
  const [listener] = await openListeners({listeners: placeListeners([spec]), backlog});
  if (!listener) throw new Error('no listener');
  t.teardown(() => closeListeners([listener]));
  return listener;
}
