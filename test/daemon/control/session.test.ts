/** One session over a real socket, whose client reads when it wants to. */
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {MAX_UNREAD, openSession, type Session} from '../../../src/daemon/control/session.js';
import type {Hello} from '../../../src/shared/protocol/protocol.js';

const HELLO: Hello = {
  jsonrpc: '2.0',
  method: 'hello',
  params: {protocol: 1, version: '1', instance: 'x', pid: 1},
};

async function connected(t: ExecutionContext) {
  const directory = mkdtempSync(join(tmpdir(), 'ssd-session-'));
  const path = join(directory, 's');
  const server = net.createServer().listen(path);
  t.teardown(() => {
    server.close();
    rmSync(directory, {recursive: true});
  });
  await once(server, 'listening');
  const client = net.connect(path);
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  t.teardown(() => client.destroy());
  const session = await new Promise<Session>(resolve => {
    const opened: Session = openSession(socket, {hello: HELLO}, () => resolve(opened));
    client.write('{"jsonrpc":"2.0","id":1,"method":"metrics"}\n');
  });
  return {client, socket, session};
}

test('an answer that is larger than the unread limit arrives whole', async t => {
  const {client, session} = await connected(t);
  const text = 'x'.repeat(3 * MAX_UNREAD);
  session.finish(1, {text});
  client.setEncoding('utf8');
  let seen = '';
  for await (const chunk of client) {
    seen += chunk;
    if (seen.endsWith('"}}\n')) break;
  }
  t.true(seen.includes(`"result":{"text":"${text}"}`));
});

test('a client that has too much unread is dropped by the next message, not by the one that made it so', async t => {
  const {socket, session} = await connected(t);
  const event = {type: 'scaled', workers: 1} as const;
  session.finish(1, {text: 'x'.repeat(3 * MAX_UNREAD)});
  t.false(socket.destroyed);
  session.progress(1, event);
  t.true(socket.destroyed);
});
