import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Daemon} from '../../../src/daemon/control/handlers.js';
import {serveControl} from '../../../src/daemon/control/server.js';
import {createBorder} from '../../../src/daemon/faults/border.js';
import {bindUnixSocket} from '../../../src/daemon/sockets/unix-socket.js';
import {rawClient, request} from '../../helpers/clients/raw-client.js';
import {createRig} from '../../helpers/rig.js';

/** A control socket whose daemon is broken in some places. */
async function serve(t: ExecutionContext, daemon: Partial<Daemon>, isPermitted = () => true) {
  const rig = await createRig(t);
  const path = join(rig.directory, 'c');
  const bound = bindUnixSocket(path, {mode: 0o600, owner: null}, 8);
  if ('problem' in bound) throw new Error(bound.problem);
  const told: string[] = [];
  const server = serveControl({
    fd: bound.fd,
    daemon: {identity: {instance: 'a', version: '0', pid: 1}, submit: () => {}, ...daemon} as Daemon,
    isPermitted,
    onError: error => t.fail(error.message),
    border: createBorder(({subject, cause}) => told.push(`${subject}: ${cause}`)),
    revived: null,
  });
  t.teardown(server.close);
  const client = rawClient(path);
  t.teardown(() => client.socket.destroy());
  return {client, told};
}

const fail = () => {
  throw new Error('EIO: i/o error');
};

test('a request whose handler fails gets internal-error, and the session continues', async t => {
  const {client, told} = await serve(t, {status: async () => fail(), reopenLogs: fail});
  t.is((await client.next()).method, 'hello');
  client.say(request(1, 'reopen-logs') + request(2, 'status'));
  for (const id of [1, 2]) {
    t.like(await client.next(), {id, error: {code: -32603, data: {code: 'internal-error'}}});
  }
  client.say(request(1, 'no-such-verb'));
  t.like(await client.next(), {id: 1, error: {data: {code: 'unknown-method'}}});
  t.deepEqual(told, ['request reopen-logs: EIO: i/o error', 'request status: EIO: i/o error']);
});

test('a greeting that fails ends its own connection only', async t => {
  const {client, told} = await serve(t, {}, fail);
  await client.closed;
  t.deepEqual(told, ['the greeting of a client: EIO: i/o error']);
});
