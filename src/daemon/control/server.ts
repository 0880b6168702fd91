/** The control socket. It bounds the number of sessions, and finds the session and request of a token. */
import net from 'node:net';
import type {Event} from '../../shared/protocol/event.js';
import {
  type ControlErrorCode,
  type Hello,
  type Id,
  PROTOCOL_VERSION,
} from '../../shared/protocol/protocol.js';
import type {ResultOf, Verb} from '../../shared/protocol/verbs.js';
import type {Answer} from '../../shared/protocol/verdict.js';
import type {Border} from '../faults/border.js';
import {type Call, type Daemon, handle} from './handlers.js';
import {openSession, type Session, turnAway} from './session.js';

/** How many sessions there may be. At the limit, the oldest idle session makes room for a new one. */
export const MAX_SESSIONS = 64;

/** How long the last answers may take to leave. */
const FLUSH_MS = 500;

export type ControlServer = {
  /** Sends an event to the clients of these requests. */
  readonly tell: (event: Event, tokens: readonly string[]) => void;
  /** Sends the one final answer to a request, unless its client has hung up. */
  readonly answer: (token: string, answer: Answer) => void;
  /** Refuses a request at which ssd itself failed. */
  readonly fail: (token: string) => void;
  /** Answers the requests to stop. Resolves when the answers have left or cannot leave. */
  readonly answerStopped: (tokens: readonly string[], result: ResultOf<'stop'>) => Promise<void>;
  /** Accepts new sessions from this listening socket instead of the former one. Open sessions continue. */
  readonly moveTo: (fd: number) => void;
  /** Accepts no more sessions. Open sessions end with the process. */
  readonly close: () => void;
};

export type ControlOptions = {
  /** A listening unix socket. */
  readonly fd: number;
  readonly daemon: Daemon;
  /** Whether the process at the other end of a connection has permission. */
  readonly isPermitted: (socket: net.Socket) => boolean;
  /** The listening socket failed: no session could be taken, or none can be any more. */
  readonly onError: (error: Error) => void;
  readonly border: Border;
};

/** A request that waits for its answer. `cleanUp` runs once: at the answer, or at the end of the session. */
type Asked = {readonly session: Session; readonly id: Id; cleanUp: () => void};

export function serveControl({fd, daemon, isPermitted, onError, border}: ControlOptions): ControlServer {
  const sessions = new Map<number, {readonly session: Session; readonly socket: net.Socket}>();
  const asked = new Map<string, Asked>();
  /** Answers that are being made. */
  const beingMade = new Set<Promise<void>>();
  let last = 0;
  const greet = (socket: net.Socket) => {
    if (!isPermitted(socket)) return turnAway(socket, 'not-permitted');
    if (!makeRoom(sessions)) return turnAway(socket, 'too-many-requests');
    last += 1;
    const number = last;
    const session = openSession(socket, helloOf(daemon.identity), request => {
      const token = `${number}:${JSON.stringify(request.id)}`;
      const asker: Asked = {session, id: request.id, cleanUp: () => {}};
      asked.set(token, asker);
      const fail = (error: unknown) => {
        border.report(`request ${request.method}`, error);
        refuse(asked, token, {code: 'internal-error'});
      };
      try {
        handle(callFor({daemon, asked, beingMade, token, asker, fail}), request);
      } catch (error) {
        fail(error);
      }
    });
    sessions.set(number, {session, socket});
    const end = () => {
      sessions.delete(number);
      for (const [token, asker] of asked) {
        if (asker.session !== session) continue;
        forget(asked, token);
        daemon.submit({type: 'forget', token});
      }
    };
    socket.on('close', border.guard('the end of a session', end));
  };
  const listenOn = (socket: number) => serve(socket, greet, {border, onError});
  let server = listenOn(fd);
  return {
    tell: (event, tokens) => {
      for (const token of tokens) {
        const asker = asked.get(token);
        asker?.session.progress(asker.id, event);
      }
    },
    answer: (token, answer) => finish(asked, token, answer),
    fail: token => refuse(asked, token, {code: 'internal-error'}),
    answerStopped: async (tokens, result) => {
      for (const token of tokens) finish(asked, token, result);
      await withinFlushTime(Promise.all(beingMade));
      await withinFlushTime(flushed([...sessions.values()].map(({socket}) => socket)));
    },
    moveTo: next => {
      server.close();
      server = listenOn(next);
    },
    close: () => {
      server.close();
      for (const {socket} of sessions.values()) socket.unref();
    },
  };
}

/** A greeting that fails costs only its own connection. */
function serve(
  fd: number,
  greet: (socket: net.Socket) => void,
  {border, onError}: Pick<ControlOptions, 'border' | 'onError'>,
): net.Server {
  const welcome = (socket: net.Socket) => {
    try {
      greet(socket);
    } catch (error) {
      border.report('the greeting of a client', error);
      socket.destroy();
    }
  };
  return net.createServer({allowHalfOpen: true}, welcome).on('error', onError).listen({fd});
}

function callFor(request: {
  readonly daemon: Daemon;
  readonly asked: Map<string, Asked>;
  readonly beingMade: Set<Promise<void>>;
  readonly token: string;
  readonly asker: Asked;
  readonly fail: (error: unknown) => void;
}): Call<Verb> {
  const {daemon, asked, beingMade, token, asker, fail} = request;
  return {
    daemon,
    token,
    answer: result => finish(asked, token, result),
    answerLater: result => {
      const made = result.then(found => finish(asked, token, found)).catch(fail);
      beingMade.add(made);
      void made.finally(() => beingMade.delete(made));
    },
    refuse: (code, message) => refuse(asked, token, {code, message}),
    progress: event => asker.session.progress(asker.id, event),
    onEnd: cleanUp => {
      asker.cleanUp = cleanUp;
      if (!asked.has(token)) cleanUp();
    },
  };
}

function finish(asked: Map<string, Asked>, token: string, result: ResultOf<Verb>): void {
  const asker = forget(asked, token);
  asker?.session.finish(asker.id, result);
}

type Refused = {readonly code: ControlErrorCode; readonly message?: string | undefined};

function refuse(asked: Map<string, Asked>, token: string, {code, message}: Refused): void {
  const asker = forget(asked, token);
  asker?.session.refuse(asker.id, code, message);
}

function forget(asked: Map<string, Asked>, token: string): Asked | undefined {
  const asker = asked.get(token);
  asked.delete(token);
  asker?.cleanUp();
  return asker;
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

function helloOf({instance, version, pid}: Daemon['identity']): Hello {
  return {jsonrpc: '2.0', method: 'hello', params: {protocol: PROTOCOL_VERSION, version, instance, pid}};
}

async function flushed(sockets: readonly net.Socket[]): Promise<void> {
  const writable = sockets.filter(socket => socket.writable);
  await Promise.all(writable.map(socket => new Promise(done => socket.write('', done))));
}

async function withinFlushTime(promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise(done => {
    timer = setTimeout(done, FLUSH_MS);
  });
  await Promise.race([promise, patience]);
  clearTimeout(timer);
}
