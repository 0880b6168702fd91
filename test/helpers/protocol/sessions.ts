/** What `test/fixtures/record-lines.cjs` has recorded: whether each line is one of the protocol, as its document has it. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Judge} from './judge.js';

type Direction = 'got' | 'sent';
type Line = {readonly direction: Direction; readonly text: string};

/** The lines of one connection. `of`: who has recorded them. */
export type Session = {readonly of: 'ssd' | 'client'; readonly lines: readonly Line[]};

/** @param directory has a file for each connection; nothing if nothing was recorded */
export function readSessions(directory: string): readonly Session[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map(name => readSession(readFileSync(join(directory, name), 'utf8')));
}

function readSession(recorded: string): Session {
  const rest = {got: '', sent: ''};
  const lines: Line[] = [];
  // A program that was killed may have left half a record.
  for (const record of recorded.split('\n').slice(0, -1)) {
    const [direction, chunk = ''] = record.split(' ') as [Direction, string];
    // Bytes, so that a character may be cut.
    const parts = (rest[direction] + Buffer.from(chunk, 'base64').toString('latin1')).split('\n');
    rest[direction] = parts.pop() ?? '';
    // The last line of a client needs no newline.
    if (direction === 'got' && chunk === '' && rest.got !== '') parts.push(rest.got);
    for (const part of parts) lines.push({direction, text: Buffer.from(part, 'latin1').toString()});
  }
  return {of: recorded.startsWith('sent') ? 'ssd' : 'client', lines};
}

/**
 * What ssd says must be in the document. What it is asked need not be, for tests ask what is wrong; but it must be refused
 * then, and only then. A client of ours asks nothing that is wrong. What a client gets is judged where ssd says it: there
 * are tests that say something else.
 */
export function problemsOf({of, lines}: Session, judge: Judge): readonly string[] {
  return of === 'ssd' ? problemsOfDaemon(lines, judge) : problemsOfClient(lines, judge);
}

type Message = {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: {readonly data: {readonly code: string}};
};

/** A request of the session: its verb, and what is wrong with it. */
type Asked = {readonly verb: string; readonly problem: string | null};

function problemsOfDaemon(lines: readonly Line[], judge: Judge): readonly string[] {
  const asked = createAsked();
  return lines.flatMap(({direction, text}) => {
    if (direction === 'got') {
      const {message, ...request} = requestOf(text, judge);
      asked.add(message?.id, request);
      return [];
    }
    const problem = problemOfAnswer(JSON.parse(text) as Message, {asked, judge});
    return problem === null ? [] : [`ssd said ${text.slice(0, MOST)}: ${problem}`];
  });
}

const MOST = 2000;

function problemsOfClient(lines: readonly Line[], judge: Judge): readonly string[] {
  return lines
    .filter(({direction}) => direction === 'sent')
    .flatMap(({text}) => {
      const {problem} = requestOf(text, judge);
      return problem === null ? [] : [`a client asked ${text.slice(0, MOST)}: ${problem}`];
    });
}

function requestOf(text: string, judge: Judge): Asked & {readonly message: Message | null} {
  const message = parsed(text);
  const verb = String(message?.method);
  const isRequest = message !== null && typeof message.method === 'string' && message.id !== undefined;
  const problem = isRequest ? judge.params(verb, message.params ?? {}) : 'it is no request';
  return {verb, problem, message};
}

function parsed(text: string): Message | null {
  try {
    return JSON.parse(text) as Message | null;
  } catch {
    return null;
  }
}

type Conversation = {readonly asked: ReturnType<typeof createAsked>; readonly judge: Judge};

/** The requests by id. Many with one id may have come before the first of them is answered. */
function createAsked() {
  const waiting = new Map<unknown, Asked[]>();
  return {
    add: (id: unknown, request: Asked) => void waiting.set(id, [...(waiting.get(id) ?? []), request]),
    get: (id: unknown): Asked | null => waiting.get(id)?.[0] ?? null,
    /** The first of them waits on if another was refused because of it. */
    answered: (id: unknown, isDuplicate: boolean) => void waiting.get(id)?.splice(isDuplicate ? 1 : 0, 1),
  };
}

function problemOfAnswer(message: Message, {asked, judge}: Conversation): string | null {
  const {id, method, params, result, error} = message;
  if (method === 'hello') return judge.greeting(params);
  if (method === 'event') {
    const {request, event} = params as {readonly request: unknown; readonly event: unknown};
    const of = asked.get(request);
    return of ? judge.event(of.verb, event) : 'nobody has asked for it';
  }
  const request = asked.get(id);
  asked.answered(id, error?.data.code === 'duplicate-id');
  if (error) return problemOfError(error.data.code, request, judge);
  if (!request) return 'nobody has asked for it';
  return request.problem === null
    ? judge.result(request.verb, result)
    : `the request is wrong, but ssd has done it: ${request.problem}`;
}

function problemOfError(code: string, request: Asked | null, judge: Judge): string | null {
  const isForWrong = WRONG.includes(code);
  if (request?.problem === null && isForWrong && !UNTOLD.includes(`${request.verb} ${code}`))
    return 'the request is right, but ssd calls it wrong';
  return judge.error(isForWrong || request === null ? null : request.verb, code);
}

const WRONG = ['invalid-request', 'unknown-method', 'invalid-params'];

/**
 * What a schema does not tell: names of signals, parameters that exclude each other, parameters that the options of ssd
 * exclude.
 */
const UNTOLD = ['signal invalid-params', 'restart invalid-params'];
