/**
 * The control protocol: JSON-RPC 2.0, one message a line. Messages, errors and limits; no logic.
 *
 *     daemon  ── hello ─────────────────────────▶  client      once, on connect
 *     client  ── {id, method, params} ──────────▶  daemon
 *     daemon  ── event {request: id, event} ────▶  client      any number
 *     daemon  ── {id, result} or {id, error} ───▶  client      exactly one: the thing is done
 *
 * `verbs.ts` has what can be asked, `ssd-control(7)` is the manual of both; `test/man.test.ts` holds the two together.
 */

import type {EventOf, ResultOf, Verb} from './verbs.js';

/** Raised when a message changes so that an older peer would misread it. */
export const PROTOCOL_VERSION = 1;

/** The longest line the daemon takes, in bytes. */
export const MAX_LINE = 64 * 1024;

/** The longest line a client takes: the status of an instance with thousands of listeners is long. */
export const MAX_ANSWER = 16 * 1024 * 1024;

/** More workers than any machine runs; a typing error should not fork until it falls over. */
export const MAX_WORKERS = 1024;

/** What a client calls its request: unique among those of its connection that wait. */
export type Id = string | number;

/** Sent once by the daemon when a client connects. */
export type Hello = {
  readonly jsonrpc: '2.0';
  readonly method: 'hello';
  readonly params: {
    readonly protocol: number;
    readonly version: string;
    readonly instance: string;
    readonly pid: number;
  };
};

/** Progress of a request, before its one result or error. */
export type Progress = {
  readonly jsonrpc: '2.0';
  readonly method: 'event';
  readonly params: {readonly request: Id; readonly event: EventOf<Verb>};
};

/** The end of a request that was done. */
export type Result = {readonly jsonrpc: '2.0'; readonly id: Id; readonly result: ResultOf<Verb>};

/** The end of a request that was refused, or what is wrong with a line or a connection. */
export type ErrorAnswer = {
  readonly jsonrpc: '2.0';
  /** null where the line was too broken to know which request it was. */
  readonly id: Id | null;
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly data: {readonly code: ControlErrorCode};
  };
};

/** Whatever a daemon sends. */
export type FromDaemon = Hello | Progress | Result | ErrorAnswer;

/** Every error a control request can get: the stable code, and the number JSON-RPC wants beside it. */
export const CONTROL_ERRORS = {
  'parse-error': -32700,
  'invalid-request': -32600,
  'unknown-method': -32601,
  'invalid-params': -32602,
  'line-too-long': -32001,
  'duplicate-id': -32002,
  'too-many-requests': -32003,
  'not-permitted': -32004,
  stopping: -32005,
  'no-log-file': -32006,
  'log-file-unusable': -32007,
} as const;
/** The stable code of an error; `data.code` of an error answer. */
export type ControlErrorCode = keyof typeof CONTROL_ERRORS;
