import test from 'ava';
import {decodeFromDaemon, decodeRequest} from '../../../src/shared/protocol/decode.js';
import type {ControlErrorCode, Id} from '../../../src/shared/protocol/protocol.js';

const request = (change: object = {}) => ({jsonrpc: '2.0', id: 1, method: 'status', params: {}, ...change});
const {params: _, ...bare} = request();

const accepts = test.macro({
  exec: (t, message: unknown, expected: object) => {
    t.deepEqual(decodeRequest(message), {ok: true, request: expected} as never);
  },
  title: given => `${given} is a request`,
});

const STATUS = {id: 1, method: 'status', params: {}};
test('status', accepts, request(), STATUS);
test('status without params', accepts, bare, STATUS);

/** Of every verb with parameters: what is sent, and what is made of it. */
const RESTART = {
  attempts: 1,
  until: 'gone',
  release: null,
  rollback: false,
  bakeMs: null,
  order: null,
  traceparent: null,
  tracestate: null,
};
const VALID: readonly (readonly [method: string, params: object, made: object])[] = [
  ['stop', {}, {killAfterMs: null}],
  ['stop', {killAfterMs: 0}, {killAfterMs: 0}],
  ['restart', {until: 'ready'}, {...RESTART, until: 'ready'}],
  ['restart', {release: '/srv/app'}, {...RESTART, release: '/srv/app'}],
  ['restart', {rollback: true}, {...RESTART, rollback: true}],
  ['restart', {traceparent: 'nonsense'}, {...RESTART, traceparent: 'nonsense'}],
  ['releases', {}, {}],
  ['restart', {bakeMs: 0}, {...RESTART, bakeMs: 0}],
  ['accept', {}, {}],
  ['reject', {}, {reason: null}],
  ['reject', {reason: 'slow'}, {reason: 'slow'}],
  ['scale', {workers: 1024}, {workers: 1024}],
  ['signal', {signal: 'USR1'}, {signal: 'USR1', generation: null}],
  ['signal', {signal: 'HUP', generation: 3}, {signal: 'HUP', generation: 3}],
  ['events', {}, {sinceMs: null, follow: false}],
  ['events', {sinceMs: 5, follow: true}, {sinceMs: 5, follow: true}],
  ['cancel', {}, {}],
  ['metrics', {}, {}],
  ['reopen-logs', {}, {}],
];
for (const [method, params, made] of VALID) {
  test(`${method} with ${JSON.stringify(params)}`, accepts, request({method, params}), {
    id: 1,
    method,
    params: made,
  });
}
test('restart without params, which makes one attempt,', accepts, request({method: 'restart'}), {
  id: 1,
  method: 'restart',
  params: RESTART,
});
for (const attempts of [0, 1, 1_000_000]) {
  test(`restart with ${attempts} attempts`, accepts, request({method: 'restart', params: {attempts}}), {
    id: 1,
    method: 'restart',
    params: {...RESTART, attempts},
  });
}
for (const id of ['', 'a', 'x'.repeat(128), 0, -1, 1.5, Number.MAX_SAFE_INTEGER]) {
  test(`status with the id ${JSON.stringify(id).slice(0, 9)}`, accepts, request({id}), {
    id,
    method: 'status',
    params: {},
  });
}
test('a request with unknown members', accepts, request({extra: [1]}), STATUS);

const refuses = test.macro({
  exec: (t, message: unknown, code: ControlErrorCode, id: Id | null) => {
    t.deepEqual(decodeRequest(message), {ok: false, id, code});
  },
  title: (given, _, code) => `${given} is refused as ${code}`,
});

const noRequests: Readonly<Record<string, unknown>> = {
  'a number': 1,
  'a text': 'status',
  'an empty object': {},
  'a batch': [request()],
  undefined,
  'an answer': {jsonrpc: '2.0', result: {}},
};
for (const [name, message] of Object.entries(noRequests))
  test(name, refuses, message, 'invalid-request', null);

test('another version', refuses, request({jsonrpc: '1.0'}), 'invalid-request', 1);
test('a version that is a number', refuses, request({jsonrpc: 2}), 'invalid-request', 1);
test('no version', refuses, {id: 'a', method: 'status'}, 'invalid-request', 'a');
test('no method', refuses, {jsonrpc: '2.0', id: 1}, 'invalid-request', 1);
test('a method that is no text', refuses, request({method: ['status']}), 'invalid-request', 1);
test('a request without an id', refuses, {jsonrpc: '2.0', method: 'stop'}, 'invalid-request', null);
for (const id of [null, true, {}, [1], 'x'.repeat(129), Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`the id ${String(id).slice(0, 20)} `, refuses, request({id}), 'invalid-request', null);
}
for (const params of [null, 1, 'x']) {
  test(`the params ${params}`, refuses, request({params}), 'invalid-request', 1);
}
for (const method of ['', 'Status', 'reload', 'toString', '__proto__', 'constructor', 'status ']) {
  test(`the method "${method}"`, refuses, request({method}), 'unknown-method', 1);
}
test(
  'an unknown method with bad params',
  refuses,
  request({method: 'x', params: {y: 1}}),
  'unknown-method',
  1,
);
test('params that status does not have', refuses, request({params: {x: 1}}), 'invalid-params', 1);
test('params of another method', refuses, request({params: {attempts: 1}}), 'invalid-params', 1);
const INVALID: readonly (readonly [method: string, params: object])[] = [
  ['stop', {force: true}],
  ['stop', {killAfterMs: -1}],
  ['stop', {killAfterMs: 1.5}],
  ['restart', {until: 'never'}],
  ['scale', {}],
  ['scale', {workers: 0}],
  ['scale', {workers: 1025}],
  ['scale', {workers: '2'}],
  ['signal', {}],
  ['signal', {signal: 9}],
  ['signal', {signal: 'x'.repeat(17)}],
  ['signal', {signal: 'HUP', generation: 0}],
  ['events', {sinceMs: -1}],
  ['events', {follow: 'yes'}],
  ['cancel', {generation: 2}],
  ['metrics', {format: 'json'}],
  ['reopen-logs', {path: '/etc/passwd'}],
  ['restart', {constructor: 1}],
  ['restart', {release: 'app'}],
  ['restart', {release: '/a\0'}],
  ['restart', {release: `/${'x'.repeat(4096)}`}],
  ['restart', {rollback: 1}],
  ['restart', {bakeMs: -1}],
  ['reject', {reason: 'x'.repeat(501)}],
  ['status', {hasOwnProperty: 1}],
];
for (const [method, params] of INVALID) {
  test(`${method} with ${JSON.stringify(params)}`, refuses, request({method, params}), 'invalid-params', 1);
}
const restart = (params: object) => request({method: 'restart', params});
test('restart with unknown params', refuses, restart({attempts: 1, x: 2}), 'invalid-params', 1);
for (const attempts of [-1, 1.5, 1_000_001, '1', null, true, [1], {}]) {
  test(
    `restart with ${JSON.stringify(attempts)} as attempts`,
    refuses,
    restart({attempts}),
    'invalid-params',
    1,
  );
}

test('params that are nested deeply are refused without harm', t => {
  const depth = 20_000;
  const nested: unknown = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  t.deepEqual(decodeRequest(restart({attempts: nested})), {ok: false, id: 1, code: 'invalid-params'});
  t.deepEqual(decodeRequest(nested), {ok: false, id: null, code: 'invalid-request'});
});

test('the last of two members with one name counts, as in all of JavaScript', t => {
  const text = '{"jsonrpc":"2.0","id":1,"id":2,"method":"stop","method":"status"}';
  t.deepEqual(decodeRequest(JSON.parse(text)), {ok: true, request: {id: 2, method: 'status', params: {}}});
});

test('a member named __proto__ changes nothing', t => {
  const text = '{"jsonrpc":"2.0","id":1,"method":"restart","params":{"__proto__":{"attempts":5}}}';
  const decoded = decodeRequest(JSON.parse(text));
  if (decoded.ok)
    t.deepEqual(decoded.request, {id: 1, method: 'restart', params: {attempts: 1, until: 'gone'}});
  t.is(({} as {attempts?: number}).attempts, undefined);
});

const hello = {
  jsonrpc: '2.0',
  method: 'hello',
  params: {protocol: 1, version: '0.1.0', instance: 'web', pid: 1},
};
const event = {jsonrpc: '2.0', method: 'event', params: {request: 1, event: {type: 'stopped'}}};
const result = {jsonrpc: '2.0', id: 1, result: {verdict: 'completed', generation: 2}};
const error = {jsonrpc: '2.0', id: null, error: {code: -32700, message: 'x', data: {code: 'parse-error'}}};

const understands = test.macro({
  exec: (t, message: object) => t.deepEqual(decodeFromDaemon(message), message as never),
  title: given => `${given} of the daemon is understood`,
});

test('the greeting', understands, hello);
test('an event', understands, event);
test('a result with all that is in it', understands, result);
test('an error without an id', understands, error);
test('an error with an id', understands, {...error, id: 'a'});

const rejects = test.macro({
  exec: (t, message: unknown) => t.is(decodeFromDaemon(message), null),
  title: given => `${given} is no message of the daemon`,
});

test('null', rejects, null);
test('a text', rejects, 'hello');
test('a request', rejects, request());
test('a greeting without a pid', rejects, {...hello, params: {protocol: 1, version: '1', instance: 'x'}});
test('a greeting of another version of JSON-RPC', rejects, {...hello, jsonrpc: '1.0'});
test('an event of no request', rejects, {...event, params: {event: {type: 'stopped'}}});
test('an event without a type', rejects, {...event, params: {request: 1, event: {}}});
test('a result that is a text', rejects, {...result, result: 'done'});
test('a result without an id', rejects, {jsonrpc: '2.0', result: {}});
test('an error without its stable code', rejects, {...error, error: {code: 1, message: 'x'}});
