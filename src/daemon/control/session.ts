/** One connection to the control socket. It turns lines into requests, and sends answers and progress back. */
import type {Socket} from 'node:net';
import {decodeRequest, type Request} from '../../shared/protocol/decode.js';
import {
  CONTROL_ERRORS,
  type ControlErrorCode,
  type ErrorAnswer,
  type FromDaemon,
  type Hello,
  type Id,
  MAX_LINE,
} from '../../shared/protocol/protocol.js';
import type {EventOf, ResultOf, Verb} from '../../shared/protocol/verbs.js';
import {encodeLine, readLines} from '../../shared/protocol/wire.js';
import {descriptorOf} from '../system/unix/descriptor-of.js';
import type {SessionState} from './control-state.js';

/** A client with more unread bytes than this is dropped. One answer may be larger (`MAX_ANSWER`). */
export const MAX_UNREAD = 1024 * 1024;

/** How many requests of one session may wait for their answers. */
export const MAX_WAITING = 64;

export type Session = {
  /** Whether no request waits for an answer. */
  readonly isIdle: () => boolean;
  readonly progress: (id: Id, event: EventOf<Verb>) => void;
  /** Sends the one final answer to a request. */
  readonly finish: (id: Id, result: ResultOf<Verb>) => void;
  /** `message` is for people, instead of the usual one of the code. */
  readonly refuse: (id: Id | null, code: ControlErrorCode, message?: string) => void;
  readonly destroy: () => void;
  /** null: its connection ends with this program, because it is over, or its client has not read what was sent. */
  readonly handOver: () => Pick<SessionState, 'fd' | 'received'> | null;
};

/** The greeting of a new session; or the requests that wait in one that another ssd has begun. */
export type Opening = {readonly hello: Hello} | {readonly waiting: readonly Id[]};

/** How long a peer may take to notice that the connection ends. */
const FAREWELL_MS = 1000;
/** How much of its input is read and discarded meanwhile. Each piece is garbage until V8 collects it. */
const MAX_DISCARDED = 4 * 1024 * 1024;

const MESSAGES: Readonly<Record<ControlErrorCode, string>> = {
  'parse-error': 'the line is not valid JSON',
  'invalid-request': 'the line is not a request: {"jsonrpc":"2.0","id":…,"method":…,"params":{…}}',
  'unknown-method': 'there is no such method',
  'invalid-params': 'the parameters do not match the method',
  'line-too-long': 'the line is too long',
  'duplicate-id': 'a request with this id is already waiting',
  'too-many-requests': 'too many requests or sessions are already waiting',
  'not-permitted': 'only the user of this ssd and root may use it',
  stopping: 'this ssd is stopping',
  'no-log-file': 'this ssd has no log file; start it with --log-file=FILE',
  'no-release': 'this ssd runs without --release; start it with --release=LINK',
  'not-replaced': 'this ssd cannot be replaced; it goes on as it is',
  'no-description': 'the description of the protocol cannot be read',
  'internal-error': 'ssd failed at this request; its log says how',
  'log-file-unusable': 'cannot open the log file; ssd keeps using the former one',
};

/** @param onRequest called for every well-formed request; it answers through the session */
export function openSession(
  socket: Socket,
  opening: Opening,
  onRequest: (request: Request) => void,
): Session {
  const waiting = new Set<Id>('waiting' in opening ? opening.waiting : []);
  let ended = false;
  const send = (message: FromDaemon) => {
    if (!socket.writable) return;
    if (socket.writableLength > MAX_UNREAD) socket.destroy();
    else socket.write(encodeLine(message));
  };
  // A client that shuts down its writing half (`printf … | socat -t 60 - …`) still gets its answers.
  const endWhenDone = () => {
    if (ended && waiting.size === 0) socket.end();
  };
  const refuse = (id: Id | null, code: ControlErrorCode, message?: string) => {
    if (id !== null && code !== 'duplicate-id') waiting.delete(id);
    send(errorAnswer(id, code, message));
    endWhenDone();
  };
  const accept = (request: Request) => {
    if (waiting.has(request.id)) return refuse(request.id, 'duplicate-id');
    if (waiting.size >= MAX_WAITING) return refuse(request.id, 'too-many-requests');
    waiting.add(request.id);
    onRequest(request);
  };
  // `close` follows an error and does the rest.
  socket.on('error', () => {});
  const reader = readLines(socket, {
    limit: MAX_LINE,
    onMessage: message => {
      const decoded = decodeRequest(message);
      if (decoded.ok) accept(decoded.request);
      else refuse(decoded.id, decoded.code);
    },
    onProblem: (problem, fatal) => {
      refuse(null, problem);
      if (fatal) hangUp(socket);
    },
    onEnd: () => {
      ended = true;
      endWhenDone();
    },
  });
  if ('hello' in opening) send(opening.hello);
  return {
    isIdle: () => waiting.size === 0,
    progress: (request, event) => send({jsonrpc: '2.0', method: 'event', params: {request, event}}),
    finish: (id, result) => {
      waiting.delete(id);
      send({jsonrpc: '2.0', id, result});
      endWhenDone();
    },
    refuse,
    destroy: () => socket.destroy(),
    handOver: () => {
      const fd = descriptorOf(socket);
      if (fd === null || !socket.writable || socket.writableLength > 0) return null;
      return {fd, received: reader.unread().toString('base64')};
    },
  };
}

/** Sends the reason for a refusal instead of a greeting, and hangs up. */
export function turnAway(socket: Socket, code: ControlErrorCode): void {
  socket.on('error', () => {});
  socket.write(encodeLine(errorAnswer(null, code)));
  hangUp(socket);
}

/**
 * Ends a connection so that the last answer arrives. A close with unread input would make the kernel reset the
 * connection, so further input is read and discarded for a while. A peer that sends more than that has to wait, and can read
 * the answer.
 */
export function hangUp(socket: Socket): void {
  let left = MAX_DISCARDED;
  socket.on('data', ({length}) => {
    left -= length;
    if (left < 0) socket.pause();
  });
  socket.on('end', () => socket.destroy());
  socket.end();
  const patience = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.on('close', () => clearTimeout(patience));
}

function errorAnswer(id: Id | null, code: ControlErrorCode, message = MESSAGES[code]): ErrorAnswer {
  return {jsonrpc: '2.0', id, error: {code: CONTROL_ERRORS[code], message, data: {code}}};
}
