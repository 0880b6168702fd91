/** The connections of HTTP clients, bounded in number and in what they leave unread. */
import type {ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import {descriptorOf} from '../system/unix/descriptor-of.js';

export type Connections = {
  /**
   * Makes room for it: the one goes that has been idle, or slow with its request, for longest; where all are being answered,
   * the one whose answer was begun first. Otherwise clients that do not read could keep a probe out.
   */
  readonly add: (socket: Socket) => void;
  /** Whether one more request there would be too much. */
  readonly isFull: (socket: Socket) => boolean;
  /** A request has come. @returns false: its connection has asked too much at once, and is closed */
  readonly begin: (socket: Socket, response: ServerResponse) => boolean;
  /** Whether nothing is being answered there. */
  readonly isIdle: (socket: Socket) => boolean;
  /** Hangs up on those that have left most unread, until a large answer more does no harm. */
  readonly relieve: () => void;
  /** Resolves when each request that has come is answered, streams aside, or soon. */
  readonly answered: () => Promise<unknown>;
  /** The descriptors of those on which nothing is being answered, and nothing was read that is not answered. */
  readonly idle: () => readonly number[];
  /** Hangs up on all clients, when what was said has left. */
  readonly endAll: () => void;
};

/** How many there may be, where the limit of open files allows it. */
export const MAX_CONNECTIONS = 256;
/** How many requests of one connection may wait for their answers (pipelining). */
export const MAX_PIPELINED = 8;
/** How much all of them together may leave unread. */
export const MAX_UNREAD = 8 * 1024 * 1024;
/** How long the last answers may take to leave. */
const FLUSH_MS = 500;

type Client = {
  /** Those that are not given yet. */
  readonly answers: Set<ServerResponse>;
  /** How many bytes had come when its last request was there. A client that asks one thing after the other has sent no more. */
  read: number;
};

export function createConnections(most: number): Connections {
  /** In the order of their last sign of life. */
  const open = new Map<Socket, Client>();
  const drop = (socket: Socket) => {
    open.delete(socket);
    socket.destroy();
  };
  const makeRoom = () => {
    const leaving = open.size < most ? null : firstToLeave(open);
    if (leaving) drop(leaving);
  };
  const touch = (socket: Socket) => {
    const client = open.get(socket);
    if (!client) return;
    open.delete(socket);
    open.set(socket, client);
  };
  const isFull = (socket: Socket) => (open.get(socket)?.answers.size ?? MAX_PIPELINED) >= MAX_PIPELINED;
  return {
    isFull,
    add: socket => {
      makeRoom();
      open.set(socket, {answers: new Set(), read: 0});
      socket.on('close', () => open.delete(socket));
    },
    begin: (socket, response) => {
      const client = open.get(socket);
      if (!client || isFull(socket)) {
        drop(socket);
        return false;
      }
      const {answers} = client;
      answers.add(response);
      client.read = socket.bytesRead;
      touch(socket);
      response.on('close', () => {
        answers.delete(response);
        touch(socket);
      });
      return true;
    },
    isIdle: socket => open.get(socket)?.answers.size === 0,
    relieve: () => {
      const unread = [...open].map(([socket, {answers}]) => ({socket, bytes: unreadBy(answers)}));
      let sum = unread.reduce((all, {bytes}) => all + bytes, 0);
      if (sum <= MAX_UNREAD) return;
      for (const {socket, bytes} of unread.sort((one, other) => other.bytes - one.bytes)) {
        drop(socket);
        sum -= bytes;
        if (sum <= MAX_UNREAD) return;
      }
    },
    answered: () => soon([...open.values()].flatMap(({answers}) => [...answers].map(closed))),
    idle: () =>
      [...open].flatMap(([socket, {answers, read}]) => {
        const fd = answers.size === 0 && socket.bytesRead === read ? descriptorOf(socket) : null;
        return fd === null || !socket.writable ? [] : [fd];
      }),
    endAll: () => {
      for (const socket of open.keys()) socket.unref().destroySoon();
    },
  };
}

function firstToLeave(open: ReadonlyMap<Socket, Client>): Socket | null {
  const [oldest = null] = open.keys();
  const idle = [...open].find(([, {answers}]) => answers.size === 0)?.[0];
  return idle ?? oldest;
}

function unreadBy(answers: ReadonlySet<ServerResponse>): number {
  let bytes = 0;
  for (const {writableLength} of answers) bytes += writableLength;
  return bytes;
}

function closed(response: ServerResponse): Promise<void> {
  // A stream has begun to answer long ago, and does not end.
  if (response.headersSent && !response.writableEnded) return Promise.resolve();
  return new Promise(resolve => response.on('close', resolve));
}

async function soon(promises: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>(resolve => {
    timer = setTimeout(resolve, FLUSH_MS);
  });
  await Promise.race([Promise.all(promises), patience]);
  clearTimeout(timer);
}
