/** The connections of HTTP clients, bounded in number and in what they leave unread. */
import type {ServerResponse} from 'node:http';
import type {Socket} from 'node:net';

export type Connections = {
  /** Makes room for it: the one goes that has been idle, or slow with its request, for longest. */
  readonly add: (socket: Socket) => void;
  /** A request has come. @returns false: its connection has asked too much at once, and is closed */
  readonly begin: (socket: Socket, response: ServerResponse) => boolean;
  /** Whether nothing is being answered there. */
  readonly isIdle: (socket: Socket) => boolean;
  /** Hangs up on those that have left most unread, until a large answer more does no harm. */
  readonly relieve: () => void;
  /** Resolves when each request that has come is answered, streams aside, or soon. */
  readonly answered: () => Promise<unknown>;
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

export function createConnections(most: number): Connections {
  /** With the answers that are not given yet. In the order of their last sign of life. */
  const open = new Map<Socket, Set<ServerResponse>>();
  const drop = (socket: Socket) => {
    open.delete(socket);
    socket.destroy();
  };
  const makeRoom = (): boolean => {
    if (open.size < most) return true;
    for (const [socket, answers] of open) {
      if (answers.size > 0) continue;
      drop(socket);
      return true;
    }
    return false;
  };
  const touch = (socket: Socket) => {
    const answers = open.get(socket);
    if (!answers) return;
    open.delete(socket);
    open.set(socket, answers);
  };
  return {
    add: socket => {
      if (!makeRoom()) return void socket.destroy();
      open.set(socket, new Set());
      socket.on('close', () => open.delete(socket));
    },
    begin: (socket, response) => {
      const answers = open.get(socket);
      if (!answers || answers.size >= MAX_PIPELINED) {
        drop(socket);
        return false;
      }
      answers.add(response);
      touch(socket);
      response.on('close', () => {
        answers.delete(response);
        touch(socket);
      });
      return true;
    },
    isIdle: socket => open.get(socket)?.size === 0,
    relieve: () => {
      const unread = [...open].map(([socket, answers]) => ({socket, bytes: unreadBy(answers)}));
      let sum = unread.reduce((all, {bytes}) => all + bytes, 0);
      if (sum <= MAX_UNREAD) return;
      for (const {socket, bytes} of unread.sort((one, other) => other.bytes - one.bytes)) {
        drop(socket);
        sum -= bytes;
        if (sum <= MAX_UNREAD) return;
      }
    },
    answered: () => soon([...open.values()].flatMap(answers => [...answers].map(closed))),
    endAll: () => {
      for (const socket of open.keys()) socket.unref().destroySoon();
    },
  };
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
