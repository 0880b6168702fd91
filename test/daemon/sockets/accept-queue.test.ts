import {once} from 'node:events';
import net from 'node:net';
import {join} from 'node:path';
import test from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import {acceptQueue} from '../../../src/daemon/sockets/accept-queue.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
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

test('for UDP and unix listeners, and for a closed one, the queue is unknown', async t => {
  const specs = [parsePort('127.0.0.1:u0'), parsePath(join(temporaryDirectory(t), 'socket'))];
  const listeners = await openListeners({listeners: placeListeners(specs), backlog: 7});
  t.teardown(() => closeListeners(listeners));
  t.deepEqual(listeners.map(acceptQueue), [null, null]);
  t.is(acceptQueue({type: 'tcp', own: 1_000_000}), null);
});
