/** Connections that stay open, to `test/fixtures/holder.ts`. */
import {once} from 'node:events';
import net from 'node:net';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {watched} from '../mailbox.js';

export const HOLDER = [process.execPath, fileURLToPath(new URL('../../fixtures/holder.js', import.meta.url))];

export type Held = {
  readonly generation: number;
  readonly pid: number;
  /** `127.0.0.1:40000` of this end. */
  readonly address: string;
  /** Resolves when the server has ended its side too. */
  readonly end: () => Promise<void>;
  /** Resolves when the connection is over, by either side. */
  readonly over: Promise<void>;
};

/** Connects, and waits until a worker has accepted. */
export async function hold(t: Pick<ExecutionContext, 'teardown'>, target: net.NetConnectOpts): Promise<Held> {
  const socket = net.connect(target);
  t.teardown(() => socket.destroy());
  const over = once(socket, 'close').then(
    () => {},
    () => {},
  );
  const [line] = await watched(once(socket, 'data'), () => `no worker accepted ${JSON.stringify(target)}`);
  const [generation = 0, pid = 0] = String(line).trim().split(':').map(Number);
  const {localAddress: host = '', localPort} = socket;
  socket.on('error', () => {});
  return {
    generation,
    pid,
    address: `${host.includes(':') ? `[${host}]` : host}:${localPort}`,
    end: () => {
      socket.end();
      return over;
    },
    over,
  };
}
