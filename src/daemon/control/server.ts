/** The control socket: sessions, bounded in number, and the way back from a token to the one who asked. */
import net from 'node:net';
import {
  type ControlErrorCode,
  type Happening,
  type Hello,
  type Id,
  PROTOCOL_VERSION,
  type Results,
  type Status,
  type Verb,
} from '../../shared/protocol.js';
import type {Effect} from '../core/types.js';
import {type Daemon, handle} from './handlers.js';
import {openSession, type Session, turnAway} from './session.js';

/** How many sessions there may be. Beyond that, the oldest that waits for nothing makes room. */
export const MAX_SESSIONS = 64;

/** How long the last answers may take to leave. */
const FLUSH_MS = 500;

export type ControlServer = {
  /** Answers those who asked to stop, and resolves when the answers have left or cannot. */
  readonly answerStopped: (tokens: readonly string[], pid: number) => Promise<void>;
  /** Takes no more sessions; those there are end with the process. */
  readonly close: () => void;
};

export type ControlOptions = {
  /** A listening unix socket. */
  readonly fd: number;
  readonly daemon: Daemon;
  /** Whether the process at the other end of a connection may talk to us. */
  readonly isPermitted: (socket: net.Socket) => boolean;
  readonly onError: (error: Error) => void;
};

type Asked = {readonly session: Session; readonly id: Id};

export function serveControl({fd, daemon, isPermitted, onError}: ControlOptions): ControlServer {
  const sessions = new Map<number, {readonly session: Session; readonly socket: net.Socket}>();
  const asked = new Map<string, Asked>();
  let last = 0;
  const server = net.createServer({allowHalfOpen: true}, socket => {
    if (!isPermitted(socket)) return turnAway(socket, 'not-permitted');
    if (!makeRoom(sessions)) return turnAway(socket, 'too-many-requests');
    last += 1;
    const number = last;
    const session = openSession(socket, helloOf(daemon.snapshot()), request => {
      const token = `${number}:${JSON.stringify(request.id)}`;
      asked.set(token, {session, id: request.id});
      const answer = (result: Results[Verb]) => finish(asked, token, result);
      const refuse = (code: ControlErrorCode) => {
        asked.delete(token);
        session.refuse(request.id, code);
      };
      handle({daemon, token, answer, refuse}, request);
    });
    sessions.set(number, {session, socket});
    socket.on('close', () => {
      sessions.delete(number);
      for (const [token, {session: asker}] of asked) if (asker === session) asked.delete(token);
    });
  });
  server.on('error', onError);
  server.listen({fd});
  const unsubscribe = daemon.subscribe(effect => route(effect, asked));
  return {
    answerStopped: async (tokens, pid) => {
      for (const token of tokens) finish(asked, token, {stopped: true, pid});
      await flushed([...sessions.values()].map(({socket}) => socket));
    },
    close: () => {
      unsubscribe();
      server.close();
      for (const {socket} of sessions.values()) socket.unref();
    },
  };
}

function route(effect: Effect, asked: Map<string, Asked>): void {
  if (effect.type === 'publish') {
    for (const token of effect.tokens) progress(asked.get(token), effect.happening);
  } else if (effect.type === 'answer') {
    finish(asked, effect.token, effect.verdict);
  }
}

function progress(asker: Asked | undefined, happening: Happening): void {
  asker?.session.progress(asker.id, happening);
}

function finish(asked: Map<string, Asked>, token: string, result: Results[Verb]): void {
  const asker = asked.get(token);
  asked.delete(token);
  asker?.session.finish(asker.id, result);
}

function makeRoom(sessions: Map<number, {readonly session: Session}>): boolean {
  if (sessions.size < MAX_SESSIONS) return true;
  for (const [number, {session}] of sessions) {
    if (!session.isIdle()) continue;
    session.destroy();
    sessions.delete(number);
    return true;
  }
  return false;
}

function helloOf({instance, version, pid}: Status): Hello {
  return {jsonrpc: '2.0', method: 'hello', params: {protocol: PROTOCOL_VERSION, version, instance, pid}};
}

async function flushed(sockets: readonly net.Socket[]): Promise<void> {
  const written = sockets
    .filter(socket => socket.writable)
    .map(socket => new Promise(done => socket.write('', done)));
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise(done => {
    timer = setTimeout(done, FLUSH_MS);
  });
  await Promise.race([Promise.all(written), patience]);
  clearTimeout(timer);
}
