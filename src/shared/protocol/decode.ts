/** Turns untrusted input from the socket into typed messages or coded errors. Only this file imports valibot. */
import * as v from 'valibot';
import {type ControlErrorCode, type FromDaemon, type Id, MAX_WORKERS} from './protocol.js';
import {MAX_TRACE_TEXT} from './trace/context.js';
import type {CompleteParamsOf, ParamsOf, Verb} from './verbs.js';
import {ORDERS, UNTIL} from './verdict.js';

const MAX_ID = 128;
/** PATH_MAX of Linux. */
const MAX_PATH = 4096;
const MAX_REASON = 500;
/** A request has at most MAX_LINE bytes anyway. */
const MAX_ARGS = 4096;

const id = v.union([v.pipe(v.string(), v.maxLength(MAX_ID)), v.pipe(v.number(), v.finite())]);
const request = v.object({
  jsonrpc: v.literal('2.0'),
  id,
  method: v.string(),
  params: v.optional(v.record(v.string(), v.unknown()), {}),
});
const noParams = v.strictObject({});
const between = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const path = v.pipe(v.string(), v.maxLength(MAX_PATH), v.regex(/^\/[^\0]*$/));
const traceText = v.exactOptional(v.nullable(v.pipe(v.string(), v.maxLength(MAX_TRACE_TEXT))), null);
const durationMs = v.exactOptional(v.nullable(between(0, Number.MAX_SAFE_INTEGER)), null);

/** The parameters: one schema for each verb. A missing schema, or one that disagrees with the map of verbs, does not compile. */
export const PARAMS = {
  status: noParams,
  cancel: noParams,
  metrics: noParams,
  'rpc.discover': noParams,
  releases: noParams,
  'reopen-logs': noParams,
  restart: v.strictObject({
    attempts: v.exactOptional(between(0, 1_000_000), 1),
    until: v.exactOptional(v.picklist(UNTIL), 'gone'),
    release: v.exactOptional(v.nullable(path), null),
    rollback: v.exactOptional(v.boolean(), false),
    bakeMs: durationMs,
    order: v.exactOptional(v.nullable(v.picklist(ORDERS)), null),
    traceparent: traceText,
    tracestate: traceText,
  }),
  pause: v.strictObject({maxMs: between(1, Number.MAX_SAFE_INTEGER)}),
  resume: noParams,
  accept: noParams,
  reject: v.strictObject({
    reason: v.exactOptional(v.nullable(v.pipe(v.string(), v.maxLength(MAX_REASON))), null),
  }),
  reexec: v.strictObject({
    args: v.exactOptional(
      v.nullable(v.pipe(v.array(v.pipe(v.string(), v.regex(/^[^\0]*$/))), v.maxLength(MAX_ARGS))),
      null,
    ),
  }),
  stop: v.strictObject({killAfterMs: durationMs}),
  scale: v.strictObject({workers: between(1, MAX_WORKERS)}),
  signal: v.strictObject({
    signal: v.pipe(v.string(), v.maxLength(16)),
    generation: v.exactOptional(v.nullable(between(1, Number.MAX_SAFE_INTEGER)), null),
  }),
  connections: v.strictObject({
    generation: v.exactOptional(v.nullable(between(1, Number.MAX_SAFE_INTEGER)), null),
    worker: v.exactOptional(v.nullable(between(1, Number.MAX_SAFE_INTEGER)), null),
  }),
  events: v.strictObject({sinceMs: durationMs, follow: v.exactOptional(v.boolean(), false)}),
} satisfies {readonly [V in Verb]: SchemaOf<V>};

type SchemaOf<V extends Verb> = v.GenericSchema<ParamsOf<V>, CompleteParamsOf<V>> & {
  readonly entries: object;
};

/** Checks the opposite direction: the schemas take all that the map allows, and return all that it promises. */
type Agreed<Map extends Schemas, Schemas> = Map;
type Params = Agreed<
  {readonly [V in Verb]: {readonly given: ParamsOf<V>; readonly made: CompleteParamsOf<V>}},
  {
    readonly [V in Verb]: {
      readonly given: v.InferInput<(typeof PARAMS)[V]>;
      readonly made: v.InferOutput<(typeof PARAMS)[V]>;
    };
  }
>;

/** Every verb of the protocol. */
export const VERBS = Object.keys(PARAMS) as readonly Verb[];

/** A request with this verb and complete parameters. For a union of verbs, it is a union of requests. */
export type RequestOf<V extends Verb> = {
  readonly [M in V]: {readonly id: Id; readonly method: M; readonly params: Params[M]['made']};
}[V];

/** A well-formed request. */
export type Request = RequestOf<Verb>;

export type Decoded =
  | {readonly ok: true; readonly request: Request}
  | {readonly ok: false; readonly id: Id | null; readonly code: ControlErrorCode};

/** Decodes a client's message into a request, or into the error that the client gets. */
export function decodeRequest(message: unknown): Decoded {
  const outer = v.safeParse(request, message);
  if (!outer.success) return {ok: false, id: idOf(message), code: 'invalid-request'};
  const {id, method, params: given} = outer.output;
  if (!isVerb(method)) return {ok: false, id, code: 'unknown-method'};
  const made = hasMore(message, PARAMS[method]) ? null : requestOf(id, method, given);
  return made ? {ok: true, request: made} : {ok: false, id, code: 'invalid-params'};
}

function requestOf<V extends Verb>(id: Id, method: V, given: unknown): RequestOf<V> | null {
  const all: {readonly [M in Verb]: SchemaOf<M>} = PARAMS;
  const params = v.safeParse(all[method], given);
  return params.success ? {id, method, params: params.output} : null;
}

/** valibot ignores `constructor`, `__proto__` and similar names, even in strict objects. */
function hasMore(message: unknown, {entries}: {readonly entries: object}): boolean {
  const given = (message as {readonly params?: object}).params ?? {};
  return Object.keys(given).some(name => !Object.hasOwn(entries, name));
}

const jsonrpc = v.literal('2.0');
/** The greeting. */
export const HELLO = v.object({
  jsonrpc,
  method: v.literal('hello'),
  params: v.object({protocol: v.number(), version: v.string(), instance: v.string(), pid: v.number()}),
});
const progress = v.object({
  jsonrpc,
  method: v.literal('event'),
  params: v.object({request: id, event: v.looseObject({type: v.string()})}),
});
const result = v.object({jsonrpc, id, result: v.looseObject({})});
const error = v.object({
  jsonrpc,
  id: v.nullable(id),
  error: v.object({code: v.number(), message: v.string(), data: v.object({code: v.string()})}),
});
const fromDaemon = v.union([HELLO, progress, result, error]);

/** Decodes a daemon's message. Returns null if it is not a message of this protocol. */
export function decodeFromDaemon(message: unknown): FromDaemon | null {
  const decoded = v.safeParse(fromDaemon, message);
  // Only the envelope is checked. The protocol version in `hello` vouches for the content.
  return decoded.success ? (decoded.output as FromDaemon) : null;
}

function isVerb(method: string): method is Verb {
  return Object.hasOwn(PARAMS, method);
}

/** Finds the id of a message that is not a valid request, so that its sender can match the error. */
function idOf(message: unknown): Id | null {
  const found = v.safeParse(v.object({id}), message);
  return found.success ? found.output.id : null;
}
