/**
 * The control protocol: JSON-RPC 2.0, one message per line. This file has messages, errors and limits, and no logic.
 *
 *     daemon  ── hello ─────────────────────────▶  client      once, on connect
 *     client  ── {id, method, params} ──────────▶  daemon
 *     daemon  ── event {request: id, event} ────▶  client      any number
 *     daemon  ── {id, result} or {id, error} ───▶  client      exactly one: the thing is done
 *
 * `verbs.ts` lists the requests. `ssd-control(7)` documents both files, and `test/man.test.ts` compares it with them.
 */

import type {EventOf, ResultOf, Verb} from './verbs.js';

/** Goes up when a message changes in a way that an older peer would misread. */
export const PROTOCOL_VERSION = 1;

/** The longest line that the daemon accepts, in bytes. */
export const MAX_LINE = 64 * 1024;

/** The longest line that a client accepts, in bytes. An instance with thousands of listeners has a long status. */
export const MAX_ANSWER = 16 * 1024 * 1024;

/** More workers than any machine runs. The limit keeps a typing error from forking until the machine fails. */
export const MAX_WORKERS = 1024;

/** The id that a client gives its request. It is unique among the waiting requests of one connection. */
export type Id = string | number;

/** The daemon sends this once, when a client connects. */
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

/** Reports progress of a request before its one result or error. */
export type Progress = {
  readonly jsonrpc: '2.0';
  readonly method: 'event';
  readonly params: {readonly request: Id; readonly event: EventOf<Verb>};
};

/** Ends a request that was done. */
export type Result = {readonly jsonrpc: '2.0'; readonly id: Id; readonly result: ResultOf<Verb>};

/** Ends a request that was refused, or says what is wrong with a line or a connection. */
export type ErrorAnswer = {
  readonly jsonrpc: '2.0';
  /** null if the line does not show which request it is. */
  readonly id: Id | null;
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly data: {readonly code: ControlErrorCode};
  };
};

/** Every message that a daemon sends. */
export type FromDaemon = Hello | Progress | Result | ErrorAnswer;

/** Every error that a control request can get: the stable code, and the number that JSON-RPC requires. */
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
  'no-release': -32008,
  'not-replaced': -32009,
  'no-description': -32010,
  'internal-error': -32603,
} as const;
/** The stable code of an error. An error answer has it as `data.code`. */
export type ControlErrorCode = keyof typeof CONTROL_ERRORS;
