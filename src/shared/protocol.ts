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

/** Raised when a message changes so that an older peer would misread it. */
export const PROTOCOL_VERSION = 1;

/** The longest line the daemon takes, in bytes. */
export const MAX_LINE = 64 * 1024;

/** The longest line a client takes: the status of an instance with thousands of listeners is long. */
export const MAX_ANSWER = 16 * 1024 * 1024;

/** Every verb of the protocol; the daemon's handlers and the manual are checked against this list. */
export const VERBS = ['status', 'restart', 'stop'] as const;
export type Verb = (typeof VERBS)[number];

/** How a worker ended, or why it never began. */
export type Ending =
  | {readonly type: 'exited'; readonly code: number}
  | {readonly type: 'signalled'; readonly signal: string}
  | {readonly type: 'not-spawned'; readonly cause: string}
  | {readonly type: 'unknown'};

/**
 * What ssd could find out about an early death.
 * - `binds-port-itself`: the worker wrote that the address is in use.
 * - `may-bind-port-itself`: it died early with listeners at hand, and what it wrote cannot be read.
 */
export type Hint = 'binds-port-itself' | 'may-bind-port-itself';

/** Something that happened; logged by the daemon and sent to whoever waits for it. */
export type Happening =
  | {readonly type: 'restart-asked'; readonly by: RestartOrigin; readonly queued: boolean}
  | {readonly type: 'stop-asked'; readonly signal: StopSignal}
  | {readonly type: 'spawned'; readonly generation: number; readonly pid: number}
  | {
      readonly type: 'ready';
      readonly generation: number;
      readonly pids: readonly number[];
      readonly tookMs: number;
    }
  | ({readonly type: 'start-failed'} & FailedStart)
  | {
      readonly type: 'lost';
      readonly generation: number;
      readonly pid: number;
      readonly ending: Ending;
      readonly livedMs: number;
    }
  | {readonly type: 'delaying'; readonly generations: readonly number[]; readonly delayMs: number}
  | {
      readonly type: 'telling';
      readonly generation: number;
      readonly pids: readonly number[];
      readonly signal: string;
    }
  | {
      readonly type: 'finished';
      readonly generation: number;
      readonly pid: number;
      readonly ending: Ending;
    }
  | {readonly type: 'restarted'; readonly generation: number; readonly replaced: readonly number[]}
  | {readonly type: 'stopped'};

/** Who asked for a restart: SIGHUP, a control client, or `--enable-auto-restart`. */
export type RestartOrigin = 'signal' | 'request' | 'auto-restart';

/** SIGTERM sends signal-on-term to the workers, SIGINT sends TERM. */
export type StopSignal = 'TERM' | 'INT';

/** A generation that ended when it should not have, and what is known of it. */
export type Death = {
  readonly generation: number;
  /** Which attempt of its restart it was, from 1. */
  readonly attempt: number;
  readonly pid: number | null;
  readonly ending: Ending;
  readonly hint: Hint | null;
  readonly livedMs: number;
};

/** A generation that never became ready. `serving` is the generation that serves on, if there is one. */
export type FailedStart = Death & {readonly serving: number | null};

/** How a restart ended. Durations in milliseconds. */
export type Verdict =
  | {
      readonly verdict: 'completed';
      readonly generation: number;
      readonly pids: readonly number[];
      readonly attempts: number;
      /** From the request to the moment the new generation was ready. */
      readonly readyMs: number;
      /** From the request to the end of the last worker that was replaced. */
      readonly tookMs: number;
      readonly replaced: readonly number[];
    }
  | ({readonly verdict: 'failed'; readonly attempts: number} & Omit<FailedStart, 'attempt'>)
  | {readonly verdict: 'cancelled'; readonly reason: 'stopping'};

/** Parameters of `restart`. `attempts` 0 means: try without end, as SIGHUP does. Default 1. */
export type RestartParams = {readonly attempts: number};

/** The result of `stop`: everything ssd made is removed, the process ends right after this line. */
export type Stopped = {readonly stopped: true; readonly pid: number};

export type SocketType = 'tcp' | 'udp' | 'unix';

/** A listener as `status` shows it. `address` is what is bound in fact (port 0 resolved). */
export type ListenerStatus = {
  readonly name: string;
  readonly fd: number;
  readonly type: SocketType;
  readonly address: string;
};

export type WorkerStatus = {readonly pid: number | null; readonly ageMs: number};

export type GenerationStatus = {
  readonly generation: number;
  readonly phase: 'starting' | 'ready' | 'retiring';
  readonly ageMs: number;
  readonly workers: readonly WorkerStatus[];
};

/** One of the last things that went wrong; `what` tells a start that failed from a serving generation lost. */
export type FailureStatus = Death & {readonly what: 'start-failed' | 'lost'; readonly agoMs: number};

/** The result of `status`. */
export type Status = {
  readonly instance: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly wanted: 'running' | 'stopped';
  readonly program: readonly string[];
  readonly current: number | null;
  readonly incoming: number | null;
  readonly listeners: readonly ListenerStatus[];
  readonly generations: readonly GenerationStatus[];
  readonly failures: readonly FailureStatus[];
};

export type Results = {status: Status; restart: Verdict; stop: Stopped};

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
  readonly params: {readonly request: Id; readonly event: Happening};
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
} as const;
export type ControlErrorCode = keyof typeof CONTROL_ERRORS;
