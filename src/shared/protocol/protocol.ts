/**
 * The control protocol: JSON-RPC 2.0, one message a line. Types, verbs and limits; no logic.
 *
 *     daemon  ── hello ─────────────────────────▶  client      once, on connect
 *     client  ── {id, method, params} ──────────▶  daemon
 *     daemon  ── event {request: id, event} ────▶  client      any number
 *     daemon  ── {id, result} or {id, error} ───▶  client      exactly one: the thing is done
 *
 * `ssd-control(7)` is the manual of what is typed here; `test/man.test.ts` holds the two together.
 */

import type {Event, Recorded} from './event.js';
import type {Status} from './status.js';
import type {Cancelled, Scaled, Signalled, Until, Verdict} from './verdict.js';

/** Raised when a message changes so that an older peer would misread it. */
export const PROTOCOL_VERSION = 1;

/** The longest line the daemon takes, in bytes. */
export const MAX_LINE = 64 * 1024;

/** The longest line a client takes: the status of an instance with thousands of listeners is long. */
export const MAX_ANSWER = 16 * 1024 * 1024;

/** Every verb of the protocol; the daemon's handlers and the manual are checked against this list. */
export const VERBS = [
  'status',
  'restart',
  'cancel',
  'stop',
  'scale',
  'signal',
  'events',
  'metrics',
  'reopen-logs',
] as const;
export type Verb = (typeof VERBS)[number];

/** More workers than any machine runs; a typing error should not fork until it falls over. */
export const MAX_WORKERS = 1024;

/** Parameters of `restart`. `attempts` 0 means: try without end, as SIGHUP does. Default 1, and `gone`. */
export type RestartParams = {readonly attempts: number; readonly until: Until};

/** Parameters of `stop`: when to kill what is left. Default null: as `--stop-timeout` has it. */
export type StopParams = {readonly killAfterMs: number | null};

export type ScaleParams = {readonly workers: number};

/** Parameters of `signal`: the name without SIG; `generation` null means all. */
export type SignalParams = {readonly signal: string; readonly generation: number | null};

/** Parameters of `events`: how far back, in milliseconds (null: all that is kept), and whether to go on. */
export type EventsParams = {readonly sinceMs: number | null; readonly follow: boolean};

/** The result of `events`: how many there were. With `follow` it comes when ssd stops. */
export type EventsResult = {readonly events: number};

/** The result of `metrics`: OpenMetrics text. */
export type Metrics = {readonly text: string};

/** The result of `reopen-logs`: the file that is written now. */
export type Reopened = {readonly logFile: string};

/** The result of `stop`: everything ssd made is removed, the process ends right after this line. */
export type Stopped = {readonly stopped: true; readonly pid: number};

export type Results = {
  status: Status;
  restart: Verdict;
  cancel: Cancelled;
  stop: Stopped;
  scale: Scaled;
  signal: Signalled;
  events: EventsResult;
  metrics: Metrics;
  'reopen-logs': Reopened;
};

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
  readonly params: {readonly request: Id; readonly event: Event | Recorded};
};

export type Result = {readonly jsonrpc: '2.0'; readonly id: Id; readonly result: Results[Verb]};

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
export type ControlErrorCode = keyof typeof CONTROL_ERRORS;
