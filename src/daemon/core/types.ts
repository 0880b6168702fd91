/**
 * What goes into the core and what comes out of it: plain JSON-able data, no behaviour.
 *
 * Times (`now`, `…At`) are milliseconds of the monotonic clock; durations end in `Ms`. Both come in with
 * events: the core reads no clock.
 */

import type {Ending, Event, Hint, RestartOrigin, StopSignal} from '../../shared/protocol/event.js';
import type {Answer, Until} from '../../shared/protocol/verdict.js';

/** What the operator may change while ssd runs, by environment or envdir; read again before every spawn. */
export type Tunables = {
  readonly killOldDelayMs: number;
  /** null: no automatic restarts. */
  readonly autoRestartMs: number | null;
};

/** What is fixed for the life of ssd. */
export type Settings = {
  readonly intervalMs: number;
  /** How long the pause after a failed start may grow; it doubles from the interval. null: it does not grow. */
  readonly maxIntervalMs: number | null;
  readonly readiness: ReadinessRule;
  readonly signalOnHup: string;
  readonly signalOnTerm: string;
  /** How long a worker that was told to finish may take before it is killed; null: as long as it likes. */
  readonly stopTimeoutMs: number | null;
  /** How many old generations may linger; the oldest beyond that are killed. null: any number. */
  readonly maxRetiring: number | null;
  /** How many workers are replaced at a time; null: a whole generation at once. */
  readonly rolling: number | null;
};

/** When a worker is ready: once it has lived for the interval, or once it is said to be (`ready` event). */
export type ReadinessRule =
  | {readonly by: 'interval'}
  /** `timeoutMs` null: it may take as long as it likes. */
  | {readonly by: 'signal'; readonly timeoutMs: number | null};

/** Someone who waits for a verdict. `attemptsLeft` null: they wait until a generation is ready. */
export type Asker = {
  readonly token: string;
  readonly attemptsLeft: number | null;
  readonly until: Until;
};

/** Which worker: an id that is given once in a generation, and its place among its fellows, from 0. */
export type Place = {readonly id: number; readonly index: number};

/** Facts about one worker, addressed by generation and id: never by a remembered pid. */
export type WorkerReport = {readonly now: number; readonly worker: number} & (
  | {readonly type: 'spawned'; readonly pid: number}
  | {readonly type: 'spawn-failed'; readonly cause: string}
  | {readonly type: 'exited'; readonly ending: Ending; readonly hint: Hint | null}
  /** It says that it is ready, or a command says so of it. */
  | {readonly type: 'ready'}
  /** It has given up the means to say so. */
  | {readonly type: 'unready'}
  /** It asks for more time to get ready, or to finish. */
  | {readonly type: 'extend'; readonly ms: number}
  /** What it says of itself: only shown. */
  | {readonly type: 'noted'; readonly text: string | null; readonly stopping: boolean}
);

type Moment = {readonly now: number};

export type Input =
  | (Moment & {readonly type: 'boot'})
  | (Moment & {
      readonly type: 'restart';
      readonly by: RestartOrigin;
      /** null: nobody waits, and the restart is tried without end, as SIGHUP asks. */
      readonly asker: Asker | null;
    })
  | (Moment & {
      readonly type: 'stop';
      readonly signal: StopSignal;
      readonly token: string | null;
      /** When to kill what is left; null: as the stop timeout has it. */
      readonly killAfterMs: number | null;
    })
  | (Moment & {readonly type: 'cancel'; readonly token: string})
  | (Moment & {readonly type: 'scale'; readonly workers: number; readonly token: string})
  | (Moment & {
      readonly type: 'signal';
      readonly signal: string;
      /** null: every generation. */
      readonly generation: number | null;
      readonly token: string;
    })
  /** Whoever asked is gone, and waits no more; what was asked for goes on. */
  | (Moment & {readonly type: 'forget'; readonly token: string})
  | (Moment & {readonly type: 'environment'; readonly tunables: Tunables})
  | (Moment & {readonly type: 'deadline'})
  | (WorkerReport & {readonly generation: number});

/** Tells a worker to finish. */
export type SignalEffect = {
  readonly type: 'signal';
  readonly generation: number;
  readonly worker: number;
  readonly pid: number;
  readonly signal: string;
};
/** SIGKILL, for the worker and for the process group that it leads. */
export type KillEffect = {
  readonly type: 'kill';
  readonly generation: number;
  readonly worker: number;
  readonly pid: number;
};

export type Effect =
  | {
      readonly type: 'spawn';
      readonly generation: number;
      readonly places: readonly Place[];
      /** How many workers a generation is to have. */
      readonly of: number;
    }
  | SignalEffect
  | KillEffect
  /** What an operator sends: ssd draws no conclusion from it. */
  | (Omit<SignalEffect, 'type'> & {readonly type: 'forward-signal'})
  /** One timer for the whole core: the earliest deadline of all, or null for none. */
  | {readonly type: 'set-timer'; readonly at: number | null}
  | {readonly type: 'publish'; readonly event: Event; readonly tokens: readonly string[]}
  | {readonly type: 'answer'; readonly token: string; readonly answer: Answer}
  | {readonly type: 'save-status'; readonly lines: readonly StatusLine[]}
  /** The first spawn of all failed for good: report it; `stopped` follows. */
  | {readonly type: 'refuse-start'; readonly cause: string}
  /** Nothing is left: answer the tokens and end. */
  | {readonly type: 'stopped'; readonly tokens: readonly string[]};

export type StatusLine = {readonly generation: number; readonly pid: number};
