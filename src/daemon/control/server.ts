/** The control socket. It bounds the number of sessions, and hands them over to an ssd that replaces this one. */
import net from 'node:net';
import type {Event} from '../../shared/protocol/event.js';
import {type Hello, PROTOCOL_VERSION} from '../../shared/protocol/protocol.js';
import type {ResultOf} from '../../shared/protocol/verbs.js';
import type {Answer} from '../../shared/protocol/verdict.js';
import type {Border} from '../faults/border.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {ControlState, SessionState} from './control-state.js';
import type {Daemon} from './handlers.js';
import {createRequests, type Requests} from './requests.js';
import {hangUp, type Opening, openSession, type Session, turnAway} from './session.js';

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
  /** Ends the open sessions: the process goes on without ssd. */
  readonly hangUp: () => void;
  /** Resolves when the answers that are being made have left, or soon. Then there is less to hand over. */
  readonly settled: () => Promise<void>;
  /** The sessions. The listening socket is not among them. */
  readonly handOver: () => HandedOver<ControlState>;
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
  /**
   * The sessions of the ssd before this one. They can be answered at once, and go on at the next turn of the event loop,
   * when all parts of ssd are there. Their requests have the same tokens.
   */
  readonly revived: ControlState | null;
};

type Held = {readonly session: Session; readonly socket: net.Socket};

export function serveControl(options: ControlOptions): ControlServer {
  const {fd, daemon, isPermitted, border, revived} = options;
  const requests = createRequests({daemon, border});
  const sessions = new Map<number, Held>();
  let last = revived?.lastSession ?? 0;
  const hold = (number: number, socket: net.Socket, opening: Opening) => {
    const session = openSession(socket, opening, request => requests.take({session, number}, request));
    sessions.set(number, {session, socket});
    const end = () => {
      sessions.delete(number);
      for (const token of requests.forgetOf(session)) daemon.submit({type: 'forget', token});
    };
    socket.on('close', border.guard('the end of a session', end));
    return session;
  };
  const greet = (socket: net.Socket) => {
    if (!isPermitted(socket)) return turnAway(socket, 'not-permitted');
    if (!makeRoom(sessions)) return turnAway(socket, 'too-many-requests');
    last += 1;
    hold(last, socket, {hello: helloOf(daemon.identity)});
  };
  const dropped = revived ? revive(revived, {...options, requests, hold}) : [];
  const listenOn = (socket: number) => serve(socket, greet, options);
  const settled = async () => {
    await withinFlushTime(requests.made());
    await withinFlushTime(flushed([...sessions.values()].map(({socket}) => socket)));
  };
  let server = listenOn(fd);
  return {
    tell: requests.tell,
    answer: requests.answer,
    fail: token => requests.refuse(token, {code: 'internal-error'}),
    answerStopped: async (tokens, result) => {
      for (const token of tokens) requests.answer(token, result);
      await settled();
    },
    moveTo: next => {
      server.close();
      server = listenOn(next);
    },
    close: () => {
      server.close();
      for (const {socket} of sessions.values()) socket.unref();
    },
    hangUp: () => {
      for (const {socket} of sessions.values()) hangUp(socket);
    },
    settled,
    handOver: () => handOver({lastSession: last, sessions, requests, dropped}),
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

function makeRoom(sessions: Map<number, Held>): boolean {
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

function handOver(from: {
  readonly lastSession: number;
  readonly sessions: ReadonlyMap<number, Held>;
  readonly requests: Requests;
  readonly dropped: readonly string[];
}): HandedOver<ControlState> {
  const {lastSession, requests} = from;
  const sessions: SessionState[] = [];
  const dropped = [...from.dropped];
  for (const [number, {session}] of from.sessions) {
    const rest = requests.handOver(session);
    const handed = session.handOver();
    if (handed) sessions.push({number, ...handed, requests: rest});
    else dropped.push(...rest.map(({token}) => token));
  }
  return {state: {lastSession, sessions, dropped}, fds: sessions.map(({fd}) => fd)};
}

type Revival = Pick<ControlOptions, 'daemon' | 'border'> & {
  readonly requests: Requests;
  readonly hold: (number: number, socket: net.Socket, opening: Opening) => Session;
};

/** @returns the tokens that the core is still to forget */
function revive(state: ControlState, {daemon, border, requests, hold}: Revival): readonly string[] {
  const dropped = [...state.dropped];
  const sockets: net.Socket[] = [];
  for (const {number, fd, received, requests: waiting} of state.sessions) {
    try {
      const socket = new net.Socket({fd, readable: true, writable: true, allowHalfOpen: true});
      if (received !== '') socket.unshift(Buffer.from(received, 'base64'));
      const session = hold(number, socket, {waiting: waiting.map(({id}) => id)});
      sockets.push(socket.pause());
      for (const request of waiting) requests.revive(session, request);
    } catch (error) {
      border.report('a session that was handed over', error);
      dropped.push(...waiting.map(({token}) => token));
    }
  }
  const goOn = () => {
    requests.goOn();
    for (const token of dropped.splice(0)) daemon.submit({type: 'forget', token});
    for (const socket of sockets) socket.resume();
  };
  setImmediate(border.guard('the sessions that were handed over', goOn));
  return dropped;
}
