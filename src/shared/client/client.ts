/** The client side of the control protocol: the greeting, requests matched by id, and one reason for the end. */
import {statSync} from 'node:fs';
import net from 'node:net';
import {type Deferred, defer} from '../deferred.js';
import {monotonicMs} from '../monotonic.js';
import {decodeFromDaemon} from '../protocol/decode.js';
import {
  type ErrorAnswer,
  type Hello,
  MAX_ANSWER,
  PROTOCOL_VERSION,
  type Result,
} from '../protocol/protocol.js';
import type {EventOf, ParamsOf, ResultOf, Verb} from '../protocol/verbs.js';
import {encodeLine, readLines} from '../protocol/wire.js';
import {causeOf, type Failure, Refusal} from '../words/errors.js';
import {checkPeer, pidOfPeer} from './peer.js';
import {trustIn} from './trust.js';

/** How long a daemon may take to greet. It greets at once unless it is stopped or stuck. */
export const GREETING_MS = 5000;
const DIAL_AGAIN_MS = 20;

/** The arguments after the verb: its parameters, optional if none is required, and a listener. */
export type RequestRest<V extends Verb> =
  Record<never, never> extends ParamsOf<V>
    ? [params?: ParamsOf<V>, onEvent?: (event: EventOf<V>) => void]
    : [params: ParamsOf<V>, onEvent?: (event: EventOf<V>) => void];

/** A connection to a daemon that has greeted. */
export type Client = {
  /** The identity that the daemon reports. */
  readonly hello: Hello['params'];
  /** The control socket. */
  readonly path: string;
  /** The user of the instance, if that is neither our own user nor root. */
  readonly foreignUid: number | null;
  /**
   * Sends one request: the verb, its parameters, and a listener for the events of this request.
   *
   * @returns the result
   * @throws {Refusal} `request-refused` with the daemon's error, or `connection-lost`
   * @example const {generation} = await client.request('cancel');
   */
  readonly request: <V extends Verb>(verb: V, ...rest: RequestRest<V>) => Promise<ResultOf<V>>;
  /** Resolves when the connection has ended, for any reason. */
  readonly closed: Promise<void>;
  /** Whether to take nothing from the daemon for a while: neither answers nor events. */
  readonly hold: (isHeld: boolean) => void;
  /** Ends the connection. The requested operations continue. */
  readonly close: () => void;
};

/** A waiting request. `never` because the protocol version in the greeting vouches for the type of each answer. */
type Pending = {
  readonly verb: Verb;
  readonly onEvent: ((event: never) => void) | undefined;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Refusal) => void;
};

/**
 * Connects to the control socket at `path` and waits for the greeting.
 *
 * @param patienceMs how long to wait for it
 * @throws {Refusal} `no-socket`, `stale-socket`, `connect-failed`, `daemon-silent`, `protocol-unknown`,
 *   `socket-foreign`
 */
export async function connect(path: string, patienceMs = GREETING_MS): Promise<Client> {
  const deadline = monotonicMs() + patienceMs;
  const silent = {code: 'daemon-silent', path, seconds: patienceMs / 1000, pid: null} as const;
  const silence = new Refusal(silent);
  const trust = trustIn(path);
  const socket = await dial(path, {deadline, silence});
  const pending = new Map<number, Pending>();
  const greeting = defer<Hello['params']>();
  // It may be rejected while the peer is still being checked, when nothing awaits it.
  greeting.promise.catch(() => {});
  const closed = defer<void>();
  const watchdog = setTimeout(() => greeting.reject(silence), Math.max(0, deadline - monotonicMs()));

  socket.on('error', error => {
    greeting.reject(new Refusal(refusedBecause(path, causeOf(error))));
  });
  socket.on('close', () => {
    greeting.reject(unknown(path, 'it closed the connection without a greeting'));
    for (const {verb, reject} of pending.values()) reject(new Refusal({code: 'connection-lost', path, verb}));
    pending.clear();
    closed.resolve();
  });
  const reader = readLines(socket, {
    limit: MAX_ANSWER,
    onMessage: message => receive(message, {path, pending, greeting}),
    onProblem: () => {
      greeting.reject(unknown(path, 'it does not speak this protocol'));
      socket.destroy();
    },
  });

  try {
    const foreignUid = await checkPeer(socket, path, trust);
    const hello = await greeting.promise;
    return {
      hello,
      path,
      foreignUid,
      request: requester(socket, pending, path),
      closed: closed.promise,
      hold: reader.hold,
      close: () => socket.destroy(),
    };
  } catch (error) {
    const pid = error === silence ? await pidOfPeer(socket) : null;
    socket.destroy();
    throw pid === null ? error : new Refusal({...silent, pid});
  } finally {
    clearTimeout(watchdog);
  }
}

type Patience = {readonly deadline: number; readonly silence: Refusal};

/** Tries again while the daemon's backlog is full (EAGAIN, connect(2)). A busy daemon drains it soon. */
async function dial(path: string, {deadline, silence}: Patience): Promise<net.Socket> {
  for (;;) {
    const socket = net.connect({path});
    const cause = await new Promise<string | null>(resolve => {
      socket.once('connect', () => resolve(null));
      socket.once('error', error => resolve(causeOf(error)));
    });
    if (cause === null) return socket;
    if (cause !== 'EAGAIN') throw new Refusal(refusedBecause(path, cause));
    if (monotonicMs() >= deadline) throw silence;
    await new Promise(resolve => setTimeout(resolve, DIAL_AGAIN_MS));
  }
}

function refusedBecause(path: string, cause: string): Failure {
  if (cause === 'ENOENT') return {code: 'no-socket', path};
  if (cause !== 'ECONNREFUSED') return {code: 'connect-failed', path, cause};
  // The kernel says the same about a file that is not a socket.
  if (statSync(path, {throwIfNoEntry: false})?.isSocket() !== false) return {code: 'stale-socket', path};
  return {code: 'connect-failed', path, cause: 'it is not a socket'};
}

function requester(socket: net.Socket, pending: Map<number, Pending>, path: string): Client['request'] {
  let lastId = 0;
  return (verb, ...[params = {}, onEvent]) =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) {
        reject(new Refusal({code: 'connection-lost', path, verb}));
        return;
      }
      lastId += 1;
      pending.set(lastId, {verb, onEvent, resolve, reject});
      socket.write(encodeLine({jsonrpc: '2.0', id: lastId, method: verb, params}));
    });
}

type Conversation = {
  readonly path: string;
  readonly pending: Map<number, Pending>;
  readonly greeting: Deferred<Hello['params']>;
};

function receive(raw: unknown, {path, pending, greeting}: Conversation): void {
  const message = decodeFromDaemon(raw);
  if (!message) {
    greeting.reject(unknown(path, 'it does not speak this protocol'));
  } else if ('method' in message) {
    if (message.method === 'hello') greet(message, path, greeting);
    else pending.get(Number(message.params.request))?.onEvent?.(message.params.event as never);
  } else {
    settle(message, pending, greeting);
  }
}

function greet({params}: Hello, path: string, greeting: Conversation['greeting']): void {
  if (params.protocol === PROTOCOL_VERSION) greeting.resolve(params);
  else
    greeting.reject(
      unknown(
        path,
        `it speaks protocol version ${params.protocol}; this program speaks version ${PROTOCOL_VERSION}`,
      ),
    );
}

function settle(
  message: Result | ErrorAnswer,
  pending: Map<number, Pending>,
  greeting: Conversation['greeting'],
): void {
  const request = pending.get(Number(message.id));
  pending.delete(Number(message.id));
  if ('result' in message) {
    request?.resolve(message.result as never);
    return;
  }
  const {data, message: text} = message.error;
  const refusal = (verb: string): Failure => ({
    code: 'request-refused',
    verb,
    error: data.code,
    message: text,
  });
  // An error without an id concerns the connection, such as a refusal before the greeting.
  greeting.reject(new Refusal(refusal('connection')));
  request?.reject(new Refusal(refusal(request.verb)));
}

function unknown(path: string, problem: string): Refusal {
  return new Refusal({code: 'protocol-unknown', path, problem});
}
