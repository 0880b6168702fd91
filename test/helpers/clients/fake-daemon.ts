/** What ssctl takes for an ssd: it greets, and answers as it is told. */
import net from 'node:net';
import {eachLine} from '../lines.js';
import {Mailbox} from '../mailbox.js';

export type FakeRequest = {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly result: (result: object) => void;
  readonly refuse: (code: string, message: string) => void;
  readonly event: (event: object) => void;
  /** Ends the connection without an answer. */
  readonly hangUp: () => void;
};

export type FakeDaemon = {
  readonly nextRequest: () => Promise<FakeRequest>;
  /** Nobody listens there any more. */
  readonly close: () => void;
};

/** The version that it greets with. */
export const FAKE_VERSION = '0.0.9';

export async function fakeDaemon(path: string, pid: number): Promise<FakeDaemon> {
  const requests = new Mailbox<FakeRequest>('a request');
  const server = net.createServer(socket => {
    const say = (message: object) => void socket.write(`${JSON.stringify({jsonrpc: '2.0', ...message})}\n`);
    socket.on('error', () => {});
    say({method: 'hello', params: {protocol: 1, version: FAKE_VERSION, instance: 'app', pid}});
    eachLine(socket, line => {
      const {id, method, params} = JSON.parse(line);
      requests.put({
        id,
        method,
        params,
        result: result => say({id, result}),
        refuse: (code, message) => say({id, error: {code: -1, message, data: {code}}}),
        event: event => say({method: 'event', params: {request: id, event}}),
        hangUp: () => socket.destroy(),
      });
    });
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  return {nextRequest: () => requests.take(), close: () => server.close()};
}
