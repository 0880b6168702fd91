import {unlinkSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parsePath, placeListeners} from '../../../src/daemon/config/address.js';
import {isOwnPath} from '../../../src/daemon/files/own-path.js';
import type {Listener} from '../../../src/daemon/sockets/listener.js';
import {rebind, repairListener} from '../../../src/daemon/sockets/listener-repair.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
import {listenerAt} from '../../../src/daemon/sockets/unix-socket.js';
import {unixAddress} from '../../../src/daemon/system/posix.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

const BACKLOG = 5;

async function opened(t: ExecutionContext): Promise<Listener> {
  const path = join(temporaryDirectory(t), 'socket');
  const listeners = await openListeners({listeners: placeListeners([parsePath(path)]), backlog: BACKLOG});
  t.teardown(() => closeListeners(listeners));
  const [listener] = listeners;
  if (!listener) throw new Error('nothing was opened');
  return listener;
}

test('a path that is gone is bound anew', async t => {
  const listener = await opened(t);
  unlinkSync(listener.name);
  t.is(rebind(listener, BACKLOG), 'replaced');
  t.deepEqual(listenerAt(listener.name), {pid: process.pid});
  t.true(listener.identity !== null && isOwnPath(listener.name, listener.identity));
});

test('a socket that is there after all is not replaced: workers accept on it', async t => {
  const listener = await opened(t);
  const {identity} = listener;
  t.deepEqual(rebind(listener, BACKLOG), {cause: 'another process is listening there'});
  t.is(listener.identity, identity);
  t.true(identity !== null && isOwnPath(listener.name, identity));
});

test('an abstract socket cannot be replaced while somebody has it', async t => {
  const listeners = await openListeners({
    listeners: placeListeners([parsePath(`@ssdt-repair-${process.pid}`)]),
    backlog: BACKLOG,
  });
  t.teardown(() => closeListeners(listeners));
  const [listener] = listeners;
  if (!listener) throw new Error('nothing was opened');
  t.deepEqual(repairListener(listener, Buffer.alloc(0), BACKLOG), {
    cause: 'an abstract socket stays shut: stop ssd and start it again',
  });
});

test('the repair of a socket replaces it, though it is still bound', async t => {
  const listener = await opened(t);
  const {identity} = listener;
  t.is(repairListener(listener, unixAddress(listener.name), BACKLOG), 'replaced');
  t.not(listener.identity, identity);
  t.deepEqual(listenerAt(listener.name), {pid: process.pid});
});
