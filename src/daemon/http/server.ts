/**
 * The HTTP server (`--http`): it shows what ssd knows, and changes nothing. Only this room loads node:http.
 *
 * Clients are hostile. Each has little time for its request, which may be small only; connections are bounded in number, and
 * what they leave unread in bytes. Node answers what is no HTTP with an error that `clientError` takes.
 */
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {Socket} from 'node:net';
import type {Border} from '../faults/border.js';
import {now} from '../system/clock.js';
import {type Answers, createAnswers, plain} from './answers.js';
import {type Connections, createConnections} from './connections.js';
import {isLoopbackHost} from './host.js';
import {createPace, type Pace} from './pace.js';
import {requestClass} from './request.js';
import {refuseBytes, respond, respondWithStream} from './respond.js';
import {createStreams, type Streams} from './streams.js';
import type {HttpView} from './view.js';

export type HttpServer = {
  /** Accepts from this listening socket instead of the former one. */
  readonly moveTo: (fd: number) => void;
  readonly close: () => void;
  /** The connections that another image can take over, by their descriptors. */
  readonly idle: () => readonly number[];
  /** Resolves when the requests that have come are answered, or soon. */
  readonly settled: () => Promise<unknown>;
};

export type HttpOptions = {
  /** A listening socket. */
  readonly fd: number;
  /** Connections that were accepted already. */
  readonly clients: readonly number[];
  readonly view: HttpView;
  /** The host that `--http` names, for a server that only this machine reaches; null: any name will do. */
  readonly loopback: string | null;
  readonly mostConnections: number;
  readonly border: Border;
  /** The listening socket failed. */
  readonly onError: (error: Error) => void;
};

const LIMITS = {
  // Node would refuse such a request by itself, and no bound would count it.
  requireHostHeader: false,
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 5000,
  // Longer than the pause between two probes or scrapes, so that each needs no new connection.
  keepAliveTimeout: 65_000,
} as const;
/** How long a client may leave an answer, or a stream, without reading any of it. */
const STALL_MS = 30_000;

type Context = HttpOptions & {
  readonly answers: Answers;
  readonly streams: Streams;
  readonly connections: Connections;
  readonly pace: Pace<Socket>;
};

export function serveHttp(options: HttpOptions): HttpServer {
  const {view, border, mostConnections} = options;
  const connections = createConnections(mostConnections);
  const streams = createStreams(view, border);
  const context = {
    ...options,
    answers: createAnswers(view),
    streams,
    connections,
    pace: createPace<Socket>(now),
  };
  let server = listenOn(options.fd, context);
  for (const fd of options.clients) border.guard('a client that was handed over', takeClient)(server, fd);
  return {
    moveTo: fd => {
      server.close();
      server = listenOn(fd, context);
    },
    close: () => {
      server.close();
      streams.close();
      connections.endAll();
    },
    settled: async () => {
      await connections.answered();
      // Otherwise their connections would break off in the midst of an answer.
      streams.endAll();
    },
    idle: connections.idle,
  };
}

function takeClient(server: Server, fd: number): void {
  server.emit('connection', new Socket({fd, readable: true, writable: true, allowHalfOpen: true}));
}

function listenOn(fd: number, context: Context): Server {
  const {border, connections, pace, onError} = context;
  const take = (request: IncomingMessage, response: ServerResponse) => {
    if (!connections.begin(request.socket, response)) return;
    // `close` follows.
    response.on('error', () => {});
    pace.enter(request.socket, () => {
      answer(request, response, context).catch(error => {
        border.report(`HTTP ${request.url}`, error);
        if (response.headersSent) response.destroy();
        else respond(response, plain(500, 'ssd failed at this request; its log says how'));
      });
    });
  };
  const refuse = (error: NodeJS.ErrnoException, socket: Socket) =>
    refuseBytes(socket, error, connections.isIdle(socket));
  const add = (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => pace.leave(socket));
  };
  const server = createServer({...LIMITS, IncomingMessage: requestClass(connections.isFull)}, take)
    .on('connection', add)
    // What announces a body is answered without it.
    .on('checkContinue', take)
    .on('checkExpectation', take)
    // Only what is too much says that it is one.
    .on('upgrade', (_, socket) => socket.destroy())
    .on('clientError', border.guard('a client of HTTP', refuse))
    .on('error', onError);
  server.setTimeout(STALL_MS);
  return server.listen({fd});
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const {method, headers, httpVersion, url = ''} = request;
  const {loopback, answers, streams, connections} = context;
  if (method === 'CONNECT' || MORE.some(name => name in headers)) response.shouldKeepAlive = false;
  if (headers.host === undefined && httpVersion !== '1.0')
    return respond(response, plain(400, 'HTTP/1.1 has a Host header'));
  if (loopback !== null && !isLoopbackHost(headers.host, loopback))
    return respond(response, plain(421, WRONG_HOST));
  if (method !== 'GET' && method !== 'HEAD')
    return respond(response, {...plain(405, 'only GET and HEAD'), headers: {Allow: 'GET, HEAD'}});
  // A client may name the whole URL, as it does to a proxy (RFC 9112, 3.2.2).
  const path = url.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/, '');
  if (path !== '/events') {
    connections.relieve();
    return respond(response, await answers({path, accept: headers.accept}));
  }
  if (streams.isFull()) {
    return respond(response, {
      ...plain(503, 'too many clients follow the events'),
      headers: {'Retry-After': '5'},
    });
  }
  respondWithStream(response);
  if (method === 'HEAD') response.end();
  else streams.open(response, cursorIn(headers));
}

/** What follows is a body, or no HTTP. */
const MORE = ['content-length', 'transfer-encoding', 'upgrade'] as const;

const WRONG_HOST =
  'this name is not for HTTP of ssd: use 127.0.0.1, localhost or the name that --http gives; a proxy sets Host';

function cursorIn({'last-event-id': cursor}: IncomingMessage['headers']): string | undefined {
  return Array.isArray(cursor) ? undefined : cursor;
}
