/** Writes answers. Every one has the same headers, which let a browser do nothing but show the page. */
import {type ServerResponse, STATUS_CODES} from 'node:http';
import type {Socket} from 'node:net';
import {type Answer, TEXT} from './answers.js';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // Its icon.
  "img-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  // No script can make nodes of a string.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;

export function respond(response: ServerResponse, {status, type, body, headers = {}}: Answer): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {...HEADERS, 'Content-Type': type, 'Content-Length': length, ...headers});
  response.end(body);
}

/** The head of an answer that has no end. */
export function respondWithStream(response: ServerResponse): void {
  response.writeHead(200, {...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8'});
}

/**
 * Answers what is no request, and hangs up. A client that has sent nothing in its time is told nothing: it may have kept the
 * connection since the image of ssd before this one, and would take these bytes for the answer to what it asks now.
 *
 * @param isIdle nothing is being answered on this connection; otherwise these bytes would be taken for a part of that
 */
export function refuseBytes(socket: Socket, error: NodeJS.ErrnoException, isIdle: boolean): void {
  const status = STATUSES[error.code ?? ''] ?? 400;
  if (socket.writable && isIdle && socket.bytesRead > 0) {
    const lines = Object.entries({
      ...HEADERS,
      'Content-Type': TEXT,
      'Content-Length': 0,
      Connection: 'close',
    });
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      ...lines.map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  }
  socket.destroySoon();
}

const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
