/** A client of the control socket that can send any bytes. */
import net from 'node:net';
import {eachLine} from '../lines.js';
import {Mailbox} from '../mailbox.js';

export type Message = {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: {readonly code: number; readonly message: string; readonly data: {readonly code: string}};
};

export type RawClient = {
  readonly socket: net.Socket;
  /** Sends bytes as they are. */
  readonly say: (text: string) => void;
  /** The next message of the daemon; the first is its hello. */
  readonly next: () => Promise<Message>;
  readonly closed: Promise<void>;
};

export function rawClient(path: string): RawClient {
  const socket = net.connect({path});
  const messages = new Mailbox<Message>('a message of the daemon');
  socket.on('error', () => {});
  eachLine(socket, line => messages.put(JSON.parse(line) as Message));
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()));
  return {socket, say: text => void socket.write(text), next: () => messages.take(), closed};
}

/** A request as a line. */
export function request(id: number, method: string, params?: object): string {
  return `${JSON.stringify({jsonrpc: '2.0', id, method, ...(params ? {params} : {})})}\n`;
}
