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

/** How a worker ended, or why it never began. */
export type Ending =
  | {readonly type: 'exited'; readonly code: number}
  | {readonly type: 'signalled'; readonly signal: string}
  | {readonly type: 'not-spawned'; readonly cause: string}
  /** It lives, but has not said that it is ready in time, or has closed the descriptor on which it could. */
  | {readonly type: 'not-ready'; readonly reason: 'timeout' | 'closed'}
  | {readonly type: 'unknown'};

/**
 * What ssd could find out about an early death.
 * - `binds-port-itself`: the worker wrote that the address is in use.
 * - `may-bind-port-itself`: it died early with listeners at hand, and what it wrote cannot be read.
 * - `wrong-descriptor`: it wrote that a descriptor is bad or no socket, and no listener is at 3.
 * - `library-missing`: the dynamic loader wrote that it cannot find a shared library.
 */
export type Hint = 'binds-port-itself' | 'may-bind-port-itself' | 'wrong-descriptor' | 'library-missing';

/** Something that happened; logged by the daemon and sent to whoever waits for it. */
export type Happening =
  | {readonly type: 'restart-asked'; readonly by: RestartOrigin; readonly queued: boolean}
  | {readonly type: 'stop-asked'; readonly signal: StopSignal}
  | {readonly type: 'cancel-asked'; readonly generation: number | null}
  | {readonly type: 'scale-asked'; readonly workers: number}
  | {readonly type: 'spawned'; readonly generation: number; readonly pid: number}
  /** One worker; `ready` tells of its generation. */
  | {readonly type: 'worker-ready'; readonly generation: number; readonly pid: number}
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
      /** null: it could not be spawned. */
      readonly pid: number | null;
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
  | {readonly type: 'killing'; readonly generation: number; readonly pids: readonly number[]}
  | {
      readonly type: 'finished';
      readonly generation: number;
      readonly pid: number;
      readonly ending: Ending;
    }
  | {readonly type: 'restarted'; readonly generation: number; readonly replaced: readonly number[]}
  | {readonly type: 'scaled'; readonly workers: number}
  | {readonly type: 'signalled'; readonly signal: string; readonly pids: readonly number[]}
  | {readonly type: 'stopped'};

/** Who asked for a restart: SIGHUP, a control client, or `--enable-auto-restart`. */
export type RestartOrigin = 'signal' | 'request' | 'auto-restart';

/** SIGTERM sends signal-on-term to the workers, SIGINT sends TERM. */
export type StopSignal = 'TERM' | 'INT';

/** A worker that ended, or did not get ready, when it should have served; and what is known of it. */
export type Death = {
  readonly generation: number;
  readonly worker: number;
  /** Which attempt of its restart it was, from 1. */
  readonly attempt: number;
  readonly pid: number | null;
  readonly ending: Ending;
  readonly hint: Hint | null;
  readonly livedMs: number;
};

/** A start that failed, or a generation lost. `serving` is the generation that serves on, if there is one. */
export type FailedStart = Death & {
  readonly serving: number | null;
  /** The last lines it wrote to standard error; null where ssd cannot read them. */
  readonly stderr?: readonly string[] | null;
};

/** What an asker waits for: that the new generation serves, or that the old one is gone besides. */
export const UNTIL = ['ready', 'gone'] as const;
export type Until = (typeof UNTIL)[number];

export type FailedVerdict = {readonly verdict: 'failed'; readonly attempts: number} & Omit<
  FailedStart,
  'attempt'
>;
export type CancelledVerdict = {readonly verdict: 'cancelled'; readonly reason: 'stopping' | 'cancel'};

/** How a restart ended. Durations in milliseconds. */
export type Verdict =
  | {
      readonly verdict: 'completed';
      readonly generation: number;
      readonly pids: readonly number[];
      readonly attempts: number;
      /** From the request to the moment the new generation was ready. */
      readonly readyMs: number;
      /** From the request to the end of the last worker that was replaced, or to `ready` if that was waited for. */
      readonly tookMs: number;
      readonly replaced: readonly number[];
      /** Those of `replaced` that have yet to finish; none unless only `ready` was waited for. */
      readonly retiring: readonly number[];
    }
  | FailedVerdict
  /** It became ready, and a later generation replaced it before what it had replaced was gone. */
  | {
      readonly verdict: 'superseded';
      readonly generation: number;
      readonly by: number;
      readonly attempts: number;
    }
  | CancelledVerdict;

/** The result of `scale`. */
export type Scaled =
  | {readonly verdict: 'completed'; readonly workers: number; readonly pids: readonly number[]}
  | FailedVerdict
  | {readonly verdict: 'superseded'; readonly workers: number}
  | CancelledVerdict;

/** The result of `cancel`: the generation that was starting, if it had been spawned. `cancelled` false: nothing was. */
export type Cancelled = {readonly cancelled: boolean; readonly generation: number | null};

/** The result of `signal`: who got it. */
export type Signalled = {readonly signal: string; readonly pids: readonly number[]};

/** What the core answers; `stop` and what only looks are answered elsewhere. */
export type Answer = Verdict | Scaled | Cancelled | Signalled;

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

export type SocketType = 'tcp' | 'udp' | 'unix';

/** A listener as `status` shows it. `address` is what is bound in fact (port 0 resolved). */
export type ListenerStatus = {
  readonly name: string;
  readonly fd: number;
  readonly type: SocketType;
  readonly address: string;
  /** Connections that wait to be accepted, and how many may; null for what the kernel does not tell it of. */
  readonly queue: {readonly waiting: number; readonly limit: number} | null;
};

export type WorkerPhase = 'pending' | 'starting' | 'ready' | 'retiring';

export type WorkerStatus = {
  readonly phase: WorkerPhase;
  /** Its place among its fellows, from 0; `SSD_WORKER_INDEX`. */
  readonly index: number;
  readonly pid: number | null;
  readonly ageMs: number;
  /** How often the worker at this place was replaced within its generation. */
  readonly restarts: number;
  /** What it says of itself by `STATUS=`. */
  readonly text: string | null;
  /** It has said that it is finishing. */
  readonly stopping: boolean;
  /** Its share of memory (PSS) and the processor time it has used; null where the system does not tell. */
  readonly memoryBytes: number | null;
  readonly cpuMs: number | null;
};

export type GenerationStatus = {
  readonly generation: number;
  readonly phase: 'starting' | 'ready' | 'retiring';
  readonly ageMs: number;
  readonly workers: readonly WorkerStatus[];
};

/** One of the last things that went wrong; `what` tells a start that failed from a serving worker lost. */
export type FailureStatus = Death & {readonly what: 'start-failed' | 'lost'; readonly agoMs: number};

/** Raised when something in the shape of `Status` is renamed, removed or changes its meaning. */
export const STATUS_VERSION = 1;

/** The result of `status`. */
export type Status = {
  readonly statusVersion: number;
  readonly instance: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly wanted: 'running' | 'stopped';
  /** How many workers a generation is to have. */
  readonly workers: number;
  readonly program: readonly string[];
  /** The file that `--log-file` names, as an absolute path; null for none, and for a command. */
  readonly logFile: string | null;
  readonly current: number | null;
  readonly incoming: number | null;
  readonly listeners: readonly ListenerStatus[];
  readonly generations: readonly GenerationStatus[];
  readonly failures: readonly FailureStatus[];
};

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

/** A happening with its number, counted from 1 since ssd started, and the time of day (ISO 8601, UTC). */
export type Recorded = Happening & {readonly seq: number; readonly at: string};

/** Progress of a request, before its one result or error. */
export type Progress = {
  readonly jsonrpc: '2.0';
  readonly method: 'event';
  readonly params: {readonly request: Id; readonly event: Happening | Recorded};
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
