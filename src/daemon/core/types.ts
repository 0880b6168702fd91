/**
 * The inputs and the effects of the core: plain data that survives JSON, without behaviour.
 *
 * Moments (`now`, `…At`) are milliseconds of the monotonic clock; durations end in `Ms`. Both arrive in inputs,
 * because the core reads no clock.
 */

import type {
  Ending,
  Event,
  FailedStart,
  Hint,
  RestartOrigin,
  StopSignal,
} from '../../shared/protocol/event.js';
import type {Answer, RestartOrder, Signalled, Until} from '../../shared/protocol/verdict.js';
import type {Adoption} from './adoption/adopted.js';
import type {Revival} from './handover/revival.js';
import type {Heavy, MemorySettings} from './memory/heavy.js';
import type {Origin, Wish} from './release/origin.js';
import type {Report} from './views/views.js';

/** What the operator may change while ssd runs, by environment or envdir. ssd reads it again before every spawn. */
export type Tunables = {
  readonly killOldDelayMs: number;
  /** null: no automatic restarts. */
  readonly autoRestartMs: number | null;
};

/** What is fixed for the life of ssd. */
export type Settings = MemorySettings & {
  readonly intervalMs: number;
  /** The longest pause after a failed start. The pause doubles, beginning at the interval; null: it does not grow. */
  readonly maxIntervalMs: number | null;
  /** After how many failed attempts ssd gives up a request that has no limit of its own; null: never. */
  readonly maxAttempts: number | null;
  readonly readiness: ReadinessRule;
  readonly signalOnHup: SignalSequence;
  readonly signalOnTerm: SignalSequence;
  /** When a worker that was told to finish is killed; null: never. */
  readonly stopTimeoutMs: number | null;
  /** How many old generations may linger. ssd kills the oldest ones beyond that; null: any number. */
  readonly maxRetiring: number | null;
  /** How many workers a restart replaces at a time; null: all of them. */
  readonly rolling: number | null;
  /** Whether each generation is pinned to a release and its environment (`--release`). */
  readonly pinned: boolean;
  /** How long a new generation is on trial (`--bake`); 0: it is not. */
  readonly bakeMs: number;
  /** The check of a trial (`--bake-check`); null: there is none. */
  readonly check: CheckRule | null;
  readonly order: RestartOrder;
};

/** How a worker is told to finish. Times count from the first signal. */
export type SignalSequence = {
  readonly signal: string;
  /** What it gets in addition if it remains, the soonest first. */
  readonly further: readonly FollowUp[];
  /** When it is killed; null: not by this sequence. */
  readonly killAfterMs: number | null;
};
export type FollowUp = {readonly signal: string; readonly afterMs: number};
/** `failures`: how many runs in a row must fail. */
export type CheckRule = {readonly everyMs: number; readonly failures: number};

/** When a worker is ready: after it has lived for the interval, or when a `ready` input says so. */
export type ReadinessRule =
  | {readonly by: 'interval'}
  /** `timeoutMs` null: no time limit. */
  | {readonly by: 'signal'; readonly timeoutMs: number | null};

/** A client that waits for a verdict. `attemptsLeft` null: it waits until a generation is ready. */
export type Asker = {
  readonly token: string;
  readonly attemptsLeft: number | null;
  readonly until: Until;
};

/** Names a worker: `id` is unique within its generation; `index` is its place in the generation, from 0. */
export type Place = {readonly id: number; readonly index: number};

/** A fact about one worker. The worker is named by generation and id, because a pid may be reused. */
export type WorkerReport = {readonly now: number; readonly worker: number} & (
  | {readonly type: 'spawned'; readonly pid: number}
  | {readonly type: 'spawn-failed'; readonly cause: string; readonly problem?: string}
  /** The process that ssd started has ended, and other processes of its group live; `exited` follows. */
  | {readonly type: 'leader-ended'; readonly ending: Ending; readonly hint: Hint | null}
  /** The worker is gone, with all of its process group where it leads one. */
  | {readonly type: 'exited'; readonly ending: Ending; readonly hint: Hint | null}
  /** The system refused to send this signal. `KILL` stands for the effect `kill`. */
  | {readonly type: 'signal-refused'; readonly signal: string; readonly cause: string}
  /** The worker says that it is ready, or a command says it for the worker. */
  | {readonly type: 'ready'}
  /** The worker has closed its readiness descriptor without having said so. */
  | {readonly type: 'unready'}
  /** The worker asks for more time to get ready, or to finish. */
  | {readonly type: 'extend'; readonly ms: number}
  /** What the worker says about itself. ssd only shows it. */
  | {readonly type: 'noted'; readonly text: string | null; readonly stopping: boolean}
);

/** Why a check failed, in words, and its last lines. */
export type CheckFailure = {readonly cause: string; readonly output: readonly string[]};

/** An errno name or a few words, and the sentence for people where there is one. */
export type LookFailure = {readonly cause: string; readonly problem?: string};

type Moment = {readonly now: number};

export type Input =
  | (Moment & {readonly type: 'boot'})
  | (Moment & {
      readonly type: 'restart';
      readonly by: RestartOrigin;
      /** null: nobody waits, and ssd tries until a start succeeds, as SIGHUP asks. */
      readonly asker: Asker | null;
      /** `former`: the release that was good before the current one. */
      readonly release: Extract<Wish, {type: 'link' | 'directory'}> | {readonly type: 'former'};
      /** How long the trial is to last; 0: there is none, null: as is set. */
      readonly bakeMs: number | null;
      /** null: as is set. */
      readonly order: RestartOrder | null;
    })
  /** Ends the trial: the new generation stays. */
  | (Moment & {readonly type: 'accept'; readonly token: string})
  /** Ends the trial: the old generation comes back. */
  | (Moment & {readonly type: 'reject'; readonly token: string; readonly reason: string | null})
  /** A check has ended. `failure` null: it succeeded. */
  | (Moment & {
      readonly type: 'checked';
      readonly generation: number;
      readonly run: number;
      readonly failure: CheckFailure | null;
    })
  | (Moment & {
      readonly type: 'stop';
      readonly signal: StopSignal;
      readonly token: string | null;
      /** When to kill the workers that are left; null: after the stop timeout. */
      readonly killAfterMs: number | null;
    })
  /** Runs no worker until `resume`, but no longer than this. */
  | (Moment & {readonly type: 'pause'; readonly maxMs: number; readonly token: string})
  | (Moment & {readonly type: 'resume'; readonly token: string})
  | (Moment & {readonly type: 'cancel'; readonly token: string})
  | (Moment & {readonly type: 'scale'; readonly workers: number; readonly token: string})
  | (Moment & {
      readonly type: 'signal';
      readonly signal: string;
      /** null: every generation. */
      readonly generation: number | null;
      readonly token: string;
    })
  /** A signal came to ssd that it passes on (`--forward`). */
  | (Moment & {readonly type: 'forward'; readonly signal: string})
  /** The client that asked has hung up. Its request is still carried out. */
  | (Moment & {readonly type: 'forget'; readonly token: string})
  /** Which processes got the signal of the input `signal`, and which did not. */
  | (Moment & Signalled & {readonly type: 'signal-sent'; readonly token: string | null})
  | (Moment & {readonly type: 'environment'; readonly tunables: Tunables})
  /** The release from which workers of this generation are spawned. `missing`: the one that was asked for is gone. */
  | (Moment & {
      readonly type: 'pinned';
      readonly generation: number;
      readonly release: string;
      readonly missing: string | null;
    })
  /** Why no worker could start from what `look` names; null: nothing speaks against it. */
  | (Moment & {readonly type: 'looked'; readonly failure: LookFailure | null})
  | (Moment & ({readonly type: 'deadline'} | Heavy | Adoption | Revival))
  | (WorkerReport & {readonly generation: number});

/** An input before it has a moment. */
export type Untimed<I extends Input> = I extends Input ? Omit<I, 'now'> : never;

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
      /** How many workers a generation should have. */
      readonly of: number;
      /** Whether a generation serves meanwhile. */
      readonly serving: boolean;
      readonly origin: Origin;
      /** The generations whose release or environment may still be needed. */
      readonly keep: readonly number[];
    }
  | SignalEffect
  | KillEffect
  /** Runs the check of a trial once. */
  | {
      readonly type: 'check';
      readonly generation: number;
      readonly old: number | null;
      readonly run: number;
      readonly pid: number;
    }
  /** Looks whether workers could start from there; `looked` follows. */
  | {readonly type: 'look'; readonly origin: Origin; readonly keep: readonly number[]}
  /** What a check says no longer matters. */
  | {readonly type: 'end-check'}
  /** An operator's own signal. ssd draws no conclusion from it. `token` null: it came as a signal to ssd. */
  | {
      readonly type: 'forward-signal';
      readonly token: string | null;
      readonly signal: string;
      readonly pids: readonly number[];
    }
  /** The one timer of the core, set to the earliest deadline; null: no timer. */
  | {readonly type: 'set-timer'; readonly at: number | null}
  | {readonly type: 'publish'; readonly event: Event; readonly tokens: readonly string[]}
  | {readonly type: 'answer'; readonly token: string; readonly answer: Answer}
  | {readonly type: 'save-status'; readonly lines: readonly StatusLine[]}
  /** What the service manager should know has changed. */
  | {readonly type: 'report'; readonly report: Report}
  /** The very first spawn failed with a permanent cause. The shell reports it; `stopped` follows. */
  | {readonly type: 'refuse-start'; readonly cause: string; readonly problem: string | null}
  /** `--max-attempts` have failed, and nothing serves. The shell reports it; `stopped` follows. */
  | {readonly type: 'give-up'; readonly failed: FailedStart}
  /** No worker is left. The shell answers the tokens and ends. */
  | {
      readonly type: 'stopped';
      readonly tokens: readonly string[];
      /** The workers that ssd may not signal, and leaves behind. */
      readonly left: readonly number[];
    };

export type StatusLine = {readonly generation: number; readonly pid: number};
