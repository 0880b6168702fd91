/**
 * What goes into the core and what comes out of it: plain JSON-able data, no behaviour.
 *
 * Times (`now`, `…At`) are milliseconds of the monotonic clock; durations end in `Ms`. Both come in with
 * events: the core reads no clock.
 */
import type {Ending, Happening, Hint, RestartOrigin, StopSignal, Verdict} from '../../shared/protocol.js';

/** What the operator may change while ssd runs, by environment or envdir; read again before every spawn. */
export type Tunables = {
  readonly killOldDelayMs: number;
  /** null: no automatic restarts. */
  readonly autoRestartMs: number | null;
};

/** What is fixed for the life of ssd. */
export type Settings = {
  readonly workers: number;
  readonly intervalMs: number;
  readonly signalOnHup: string;
  readonly signalOnTerm: string;
};

/** Someone who waits for a verdict. `attemptsLeft` null: they wait until a generation is ready. */
export type Asker = {
  readonly token: string;
  readonly attemptsLeft: number | null;
};

/** Facts about one worker, addressed by generation and index: never by a remembered pid. */
export type WorkerEvent =
  | {readonly type: 'spawned'; readonly now: number; readonly worker: number; readonly pid: number}
  | {readonly type: 'spawn-failed'; readonly now: number; readonly worker: number; readonly cause: string}
  | {
      readonly type: 'exited';
      readonly now: number;
      readonly worker: number;
      readonly ending: Ending;
      readonly hint: Hint | null;
    };

export type Event =
  | {readonly type: 'boot'; readonly now: number}
  | {
      readonly type: 'restart';
      readonly now: number;
      readonly by: RestartOrigin;
      /** null: nobody waits, and the restart is tried without end, as SIGHUP asks. */
      readonly asker: Asker | null;
    }
  | {
      readonly type: 'stop';
      readonly now: number;
      readonly signal: StopSignal;
      readonly token: string | null;
    }
  | {readonly type: 'environment'; readonly now: number; readonly tunables: Tunables}
  | {readonly type: 'deadline'; readonly now: number}
  | (WorkerEvent & {readonly generation: number});

export type Effect =
  | {readonly type: 'spawn'; readonly generation: number; readonly workers: readonly number[]}
  | {
      readonly type: 'signal';
      readonly generation: number;
      readonly worker: number;
      readonly pid: number;
      readonly signal: string;
    }
  /** One timer for the whole core: the earliest deadline of all, or null for none. */
  | {readonly type: 'set-timer'; readonly at: number | null}
  | {readonly type: 'publish'; readonly happening: Happening; readonly tokens: readonly string[]}
  | {readonly type: 'answer'; readonly token: string; readonly verdict: Verdict}
  | {readonly type: 'save-status'; readonly lines: readonly StatusLine[]}
  /** The first spawn of all failed for good: report it; `stopped` follows. */
  | {readonly type: 'refuse-start'; readonly cause: string}
  /** Nothing is left: answer the tokens and end. */
  | {readonly type: 'stopped'; readonly tokens: readonly string[]};

export type StatusLine = {readonly generation: number; readonly pid: number};
