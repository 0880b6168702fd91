/**
 * The messages that a client may send, and the required answers. Each production knows its answer by construction. It
 * does not decode the message, because the daemon's decoder is under test.
 */
import type {Random} from '../simulation/world/random.js';

export type Id = string | number;

export type Expected =
  /** Exactly one final answer: a result for `ok`, else an error with this code. */
  | {readonly kind: 'answer'; readonly id: Id | null; readonly code: string}
  /** Exactly one final answer, whatever it is. */
  | {readonly kind: 'any'}
  | {readonly kind: 'silence'}
  /** One answer without an id, and the daemon hangs up. */
  | {readonly kind: 'end'; readonly code: string};

export type Said = {readonly production: string; readonly line: string; readonly expected: Expected};

type Production = (random: Random, number: number) => Omit<Said, 'production'>;

type List<T> = readonly [T, ...T[]];

/** No `stop`, which would end the test; and no signal that a worker dies of. */
const HARMLESS: List<readonly [string, object?]> = [
  ['cancel'],
  ['cancel', {}],
  ['accept'],
  ['reject', {reason: 'no'}],
  ['scale', {workers: 1}],
  ['signal', {signal: 'WINCH'}],
  ['signal', {signal: 'CONT', generation: 999_999}],
  ['events', {sinceMs: 0}],
];
const SLOW: typeof HARMLESS = [
  ['connections'],
  ['connections', {generation: 1, worker: null}],
  ['status'],
  ['metrics'],
  ['rpc.discover'],
  ['restart', {until: 'ready'}],
  ['restart', {attempts: 3}],
];

const BAD_PARAMS: List<readonly [string, object]> = [
  ['restart', {attempts: -1}],
  ['restart', {attempts: 1.5}],
  ['restart', {attempts: '1'}],
  ['restart', {until: 'whenever'}],
  ['restart', {until: ['gone']}],
  ['restart', {release: 'relative'}],
  ['restart', {release: '/a\0b'}],
  ['restart', {release: `/${'x'.repeat(4096)}`}],
  ['restart', {release: '/tmp', rollback: true}],
  ['restart', {rollback: 1}],
  ['restart', {bakeMs: -1}],
  ['reject', {reason: 5}],
  ['reject', {reason: 'x'.repeat(501)}],
  ['accept', {generation: 1}],
  ['reexec', {args: '--check'}],
  ['reexec', {args: [1]}],
  ['reexec', {args: ['--name=a\0b']}],
  ['reexec', {command: '/bin/sh'}],
  ['stop', {now: true}],
  ['stop', {killAfterMs: -1}],
  ['stop', {killAfterMs: {}}],
  ['scale', {}],
  ['scale', {workers: 0}],
  ['scale', {workers: 1e9}],
  ['signal', {}],
  ['signal', {signal: 'NOSUCH'}],
  ['signal', {signal: 9}],
  ['signal', {signal: 'X'.repeat(17)}],
  ['signal', {signal: 'CONT', generation: 0}],
  ['signal', {signal: '__proto__'}],
  ['events', {follow: 'yes'}],
  ['events', {sinceMs: Number.POSITIVE_INFINITY}],
  ['connections', {generation: 0}],
  ['connections', {worker: '1'}],
  ['status', {verbose: true}],
  ['rpc.discover', {rpc: 1}],
  ['metrics', {constructor: 1}],
];
const METHODS = [
  '',
  'Status',
  'constructor',
  '__proto__',
  'toString',
  'hello',
  'event',
  'restart ',
  'стоп',
  '\u0000',
] as const;
const TEXTS = ['', 'x', '__proto__', 'é\u2028\ud83d\ude00', '\ud800', '"\\\n\t', 'a'.repeat(2000)] as const;
const NUMBERS = [0, -0, -1, 1.5, 2 ** 53, 1e308, 5e-324, -(2 ** 31)] as const;
const GARBAGE = [
  'restart',
  '{',
  '}',
  '"',
  '[1,',
  '{"a":}',
  'nul',
  '\u0000',
  '\u007f',
  "{'id':1}",
  'GET / HTTP/1.1',
  ' ',
] as const;

const request = (id: unknown, method: unknown, params?: unknown) =>
  JSON.stringify({jsonrpc: '2.0', id, method, ...(params === undefined ? {} : {params})});

/** Different for every number, in every form that an id can have. */
function idFor(random: Random, number: number): Id {
  const forms: List<Id> = [
    number,
    -number - 1,
    number + 0.5,
    `${number}`,
    `__proto__${number}`,
    `${number}é\u2028`,
    `${number}-`.padEnd(128, 'x'),
  ];
  return random.pick(forms);
}

function value(random: Random, depth: number): unknown {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.pick(NUMBERS);
  if (kind < 4) return random.pick(TEXTS);
  const items = Array.from({length: random.below(4)}, () => value(random, depth - 1));
  return kind === 4 ? items : Object.fromEntries(items.map(item => [random.pick(TEXTS), item]));
}

const answer = (id: Id | null, code: string): Expected => ({kind: 'answer', id, code});

const harmless: Production = (random, number) => {
  const id = idFor(random, number);
  const [method, params] = random.pick(HARMLESS);
  return {line: request(id, method, params), expected: answer(id, 'ok')};
};

const slow: Production = (random, number) => {
  const id = idFor(random, number);
  const [method, params] = random.pick(SLOW);
  return {line: request(id, method, params), expected: answer(id, 'ok')};
};

const badParams: Production = (random, number) => {
  const id = idFor(random, number);
  const [method, params] = random.pick(BAD_PARAMS);
  // JSON.stringify would make null of what is too large for a number.
  const line = request(id, method, params).replace('"sinceMs":null', '"sinceMs":1e400');
  return {line, expected: answer(id, 'invalid-params')};
};

const unknownMethod: Production = (random, number) => {
  const id = idFor(random, number);
  const method = random.pick(METHODS);
  return {line: request(id, method, {}), expected: answer(id, 'unknown-method')};
};

/** JSON that is not a request. The answer has its id if that is valid. */
const noRequest: Production = (random, number) => {
  const id = idFor(random, number);
  const broken: List<readonly [unknown, Id | null]> = [
    [{jsonrpc: '1.0', id, method: 'cancel'}, id],
    [{jsonrpc: '2.0', id}, id],
    [{jsonrpc: '2.0', id, method: 7}, id],
    [{jsonrpc: '2.0', id, method: 'cancel', params: 7}, id],
    [{jsonrpc: '2.0', id, method: 'cancel', params: null}, id],
    [{jsonrpc: '2.0', method: 'cancel'}, null],
    [{jsonrpc: '2.0', id: null, method: 'cancel'}, null],
    [{jsonrpc: '2.0', id: {}, method: 'cancel'}, null],
    [{jsonrpc: '2.0', id: 'x'.repeat(129), method: 'cancel'}, null],
    [{result: value(random, 3)}, null],
    [[value(random, 3)], null],
    [random.pick([0, 1.5, true, false, '', 'x']), null],
  ];
  const [message, told] = random.pick(broken);
  return {line: JSON.stringify(message), expected: answer(told, 'invalid-request')};
};

const extraMembers: Production = (random, number) => {
  const id = idFor(random, number);
  const line = `{"x":${JSON.stringify(value(random, 3))},"id":null,${request(id, 'cancel').slice(1)}`;
  return {line, expected: answer(id, 'ok')};
};

const notJson: Production = (random, number) => {
  const whole = request(number, 'cancel', {});
  const line =
    random.below(2) === 0 ? whole.slice(0, 1 + random.below(whole.length - 1)) : random.pick(GARBAGE);
  return {line, expected: answer(null, 'parse-error')};
};

const nested: Production = random => {
  const depth = 1 + random.below(random.below(50) === 0 ? 30_000 : 200);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const line = `${open.repeat(Math.min(depth, 10_000))}0${close.repeat(Math.min(depth, 10_000))}`;
  return {line, expected: answer(null, 'invalid-request')};
};

/** One character of a harmless request changed: whatever it is now, it gets one answer. */
const mutated: Production = (random, number) => {
  const line = request(number, 'cancel', {});
  const at = random.below(line.length);
  const char = random.pick(['"', '{', '}', ',', ':', '0', 'x', '\\', '\u0000', 'é', ' ']);
  return {line: line.slice(0, at) + char + line.slice(at + 1), expected: {kind: 'any'}};
};

const blank: Production = random => ({line: random.pick(['', '\r']), expected: {kind: 'silence'}});
const onlyNull: Production = () => ({line: 'null', expected: {kind: 'end', code: 'invalid-request'}});
const tooLong: Production = random => ({
  line: random.pick(['x', '[', ' ', '"']).repeat(64 * 1024 + 1 + random.below(1000)),
  expected: {kind: 'end', code: 'line-too-long'},
});

const grammar: readonly (readonly [weight: number, name: string, production: Production])[] = [
  [80, 'harmless', harmless],
  [1, 'slow', slow],
  [200, 'bad params', badParams],
  [100, 'unknown method', unknownMethod],
  [250, 'no request', noRequest],
  [50, 'extra members', extraMembers],
  [250, 'not JSON', notJson],
  [10, 'nested', nested],
  [100, 'mutated', mutated],
  [20, 'blank', blank],
  [1, 'only null', onlyNull],
  [1, 'too long', tooLong],
];
const TOTAL = grammar.reduce((sum, [weight]) => sum + weight, 0);

/** @param number different for every message of a session */
export function say(random: Random, number: number): Said {
  let left = random.below(TOTAL);
  for (const [weight, production, make] of grammar) {
    left -= weight;
    if (left < 0) return {production, ...make(random, number)};
  }
  throw new Error('the weights do not add up');
}
