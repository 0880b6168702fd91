/**
 * One request to the collector, with a connection of its own: restarts are rare, and an idle ssd has none. Whatever the
 * collector does, it is over in time, and little of the answer is kept. Only this file loads node:http.
 */
import http, {type IncomingMessage, type RequestOptions} from 'node:http';
import {causeOf} from '../../../shared/words/errors.js';
import {systemNow} from '../../system/clock.js';
import type {TraceSettings} from '../settings/read.js';
import {lookUpOnce} from './look-up.js';
import {noAnswer, type Outcome, outcomeOf} from './outcome.js';
import {readPem} from './read-pem.js';

/** An answer has a line or two. */
const MAX_ANSWER = 64 * 1024;

export type Target = Pick<TraceSettings, 'url' | 'headers' | 'timeoutMs' | 'tls'>;

/** @returns what became of it; it does not reject */
export async function post(target: Target, body: string, signal: AbortSignal): Promise<Outcome> {
  try {
    const request = await requestTo(target, Buffer.byteLength(body));
    return await answered(request, {body, signal, timeoutMs: target.timeoutMs});
  } catch (error) {
    // A file of a certificate cannot be read, or does not fit.
    return {type: 'refused', cause: error instanceof Error ? error.message : causeOf(error)};
  }
}

async function requestTo({url, headers, tls}: Target, length: number): Promise<http.ClientRequest> {
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    lookup: lookUpOnce,
    headers: {
      'user-agent': 'ssd',
      accept: 'application/json',
      ...headers,
      'content-type': 'application/json',
      'content-length': length,
    },
  };
  if (url.protocol === 'http:') return http.request(url, options);
  const {default: https} = await import('node:https');
  const read = (path: string | null) => (path === null ? undefined : readPem(path));
  return https.request(url, {...options, ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key)});
}

type Sent = {readonly body: string; readonly signal: AbortSignal; readonly timeoutMs: number};

function answered(request: http.ClientRequest, {body, signal, timeoutMs}: Sent): Promise<Outcome> {
  return new Promise(resolve => {
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      // What comes after it is of no interest, and what goes wrong with it neither.
      request.on('error', () => {});
      request.destroy();
      resolve(outcome);
    };
    const abort = () => end(noAnswer('ssd ends'));
    const timer = setTimeout(() => end(noAnswer(`no answer within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', abort);
    if (signal.aborted) return abort();
    // The end of ssd waits for it as long as `flush` says, and no longer.
    request.on('socket', socket => socket.unref());
    request.on('error', error => end(noAnswer(causeOf(error))));
    request.on('response', response => {
      readAll(response, text => {
        const {statusCode: status = 0, headers} = response;
        end(outcomeOf({status, retryAfter: headers['retry-after'], text}, systemNow().getTime()));
      });
    });
    request.end(body);
  });
}

/** Calls back once with the text; null: there is too much of it, or it has no end. */
function readAll(response: IncomingMessage, done: (text: string | null) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_ANSWER) done(null);
    else chunks.push(chunk);
  });
  response.on('end', () => done(Buffer.concat(chunks).toString()));
  response.on('error', () => done(null));
  response.on('aborted', () => done(null));
}
