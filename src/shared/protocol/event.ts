/** The events of the daemon. It logs them, keeps them for `events`, and sends them to clients. Part of the protocol. */
import type {LeftOut} from './left-out.js';
import type {Problem, ProblemFacts} from './problem.js';
import type {WithTraffic} from './traffic.js';

/** How a worker ended, or why it never started. */
export type Ending =
  | {readonly type: 'exited'; readonly code: number}
  | {readonly type: 'signalled'; readonly signal: string}
  /** `problem`: what cannot be executed and why, in words, if ssd found out more than the name of the error says. */
  | {readonly type: 'not-spawned'; readonly cause: string; readonly problem?: string}
  /** It lives, but it did not report readiness in time, or it closed the descriptor for the report. */
  | {readonly type: 'not-ready'; readonly reason: 'timeout' | 'closed'}
  /**
   * It lives, and its generation failed its trial: by a check, with its last lines, or because a client rejected it.
   * `cause` is in words; empty if the client gave no reason.
   */
  | {
      readonly type: 'rejected';
      readonly by: 'check' | 'request';
      readonly cause: string;
      readonly output: readonly string[];
    }
  | {readonly type: 'unknown'};

/**
 * What ssd found out about an early death.
 * - `binds-port-itself`: the worker wrote that the address is in use.
 * - `may-bind-port-itself`: the worker had listeners and died early, ssd cannot read what it wrote, and no other
 *   generation serves.
 * - `wrong-descriptor`: the worker wrote that a descriptor is bad or is not a socket, and no listener is at 3.
 * - `library-missing`: the dynamic loader wrote that it cannot find a shared library.
 * - `may-run-in-background`: the worker exited early with status 0.
 * - `descriptors-not-passed`: the worker does not have the descriptors, because a program such as npm started it.
 * - `wants-listen-fds`: the worker wrote that it expects sockets as systemd passes them.
 * - `listen-pid-differs`: the same, although `--listen-fds` is given.
 * - `wants-fds-as`: the worker wrote that the address is in use, and `--fds-as` has a form for it.
 * - `ready-by-interval`: the worker took over only because it had lived for the interval, and ended soon.
 */
export type Hint =
  | 'binds-port-itself'
  | 'may-bind-port-itself'
  | 'wrong-descriptor'
  | 'library-missing'
  | 'may-run-in-background'
  | 'descriptors-not-passed'
  | 'wants-listen-fds'
  | 'listen-pid-differs'
  | 'wants-fds-as'
  | 'ready-by-interval';

/** One thing that happened. */
export type Event =
  | ({
      readonly type: 'restart-asked';
      readonly by: RestartOrigin;
      readonly queued: boolean;
    } & WithRelease)
  | {readonly type: 'stop-asked'; readonly signal: StopSignal}
  | {readonly type: 'cancel-asked'; readonly generation: number | null}
  /** These generations are told to finish before the next one starts (`--order=stop-first`). */
  | {readonly type: 'making-room'; readonly generations: readonly number[]}
  | {readonly type: 'scale-asked'; readonly workers: number}
  /** No worker is to run until `resumed`, which comes after this time at the latest. */
  | {readonly type: 'paused'; readonly maxMs: number}
  | {readonly type: 'resumed'; readonly by: 'request' | 'time' | 'restart'; readonly pausedMs: number}
  /** Workers of an ssd that was killed: this one has taken them over. */
  | ({
      readonly type: 'adopted';
      readonly generation: number;
      readonly pids: readonly number[];
    } & WithRelease)
  | ({readonly type: 'not-adopted'} & LeftOut)
  /** The ssd that runs was replaced by the one that is installed, under the same pid. The versions of both. */
  | {readonly type: 'upgraded'; readonly from: string; readonly to: string}
  /** It was not: nothing has changed. */
  | {readonly type: 'upgrade-failed'; readonly problem: string}
  /** `added`: to a generation that was ready before, by a scale or for a lost worker. Left out otherwise. */
  | ({
      readonly type: 'spawned';
      readonly generation: number;
      readonly pid: number;
      readonly added?: boolean;
    } & WithRelease)
  /** One worker is ready. `ready` reports the whole generation. */
  | {readonly type: 'worker-ready'; readonly generation: number; readonly pid: number}
  | ({
      readonly type: 'ready';
      readonly generation: number;
      readonly pids: readonly number[];
      readonly tookMs: number;
    } & WithRelease)
  /** The new generation is current and on trial. The old one serves beside it. */
  | {readonly type: 'trial-began'; readonly generation: number; readonly old: number; readonly forMs: number}
  /** The first check of a trial, or one that ended otherwise than the one before. `cause` null: it succeeded. */
  | {
      readonly type: 'trial-checked';
      readonly generation: number;
      readonly run: number;
      readonly cause: string | null;
      readonly leftMs: number;
    }
  /** `passed` null: a later generation is on trial instead. `old` null: there is no old one that could come back. */
  | {
      readonly type: 'trial-ended';
      readonly generation: number;
      readonly old: number | null;
      readonly passed: boolean | null;
      readonly tookMs: number;
    }
  /** The release that ssd would start from is gone. What the link says stands in. */
  | {
      readonly type: 'release-gone';
      readonly generation: number;
      readonly release: string;
      readonly instead: string;
    }
  | ({readonly type: 'start-failed'} & FailedStart)
  | {
      readonly type: 'lost';
      readonly generation: number;
      /** null if it could not be spawned. */
      readonly pid: number | null;
      readonly ending: Ending;
      readonly livedMs: number;
      readonly hint?: Hint;
    }
  /** It takes more memory than `--max-memory` allows: `bytes`, with its descendants. Its successor is ordered. */
  | {
      readonly type: 'too-heavy';
      readonly generation: number;
      readonly pid: number;
      readonly bytes: number;
      readonly limit: number;
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
  /** The process that ssd started has ended, and others of its process group live (`--kill-group`). */
  | {
      readonly type: 'leader-ended';
      readonly generation: number;
      readonly pid: number;
      readonly ending: Ending;
      /** The worker had not been told to finish. */
      readonly lost: boolean;
    }
  | ({readonly type: 'restart-ended'} & RestartEnd & WithTraffic)
  | {readonly type: 'scaled'; readonly workers: number}
  /** `forwarded`: the signal came to ssd (`--forward`). `refused`: who could not be signalled then, if anybody. */
  | {
      readonly type: 'signalled';
      readonly signal: string;
      readonly pids: readonly number[];
      readonly forwarded?: true;
      readonly refused?: readonly {readonly pid: number; readonly cause: string}[];
    }
  /** A problem has begun. */
  | ({readonly type: 'problem'} & ProblemFacts)
  /** A problem has ended. `count` is how often it occurred. */
  | ({readonly type: 'problem-solved'; readonly count: number; readonly lastedMs: number} & ProblemFacts)
  /** `left`: the pids of workers that cannot be killed and are left behind; absent if there are none. */
  | {readonly type: 'stopped'; readonly left?: readonly number[]};

/** How a restart ended. It is reported for every restart, whether or not a client waits for the verdict. */
export type RestartEnd =
  /** The replaced generations are gone. */
  | ({
      readonly verdict: 'completed';
      readonly generation: number;
      readonly replaced: readonly number[];
      /** Those of `replaced` that live on, because they could not be told to finish. */
      readonly retiring: readonly number[];
    } & WithRelease)
  | FailedVerdict
  | {readonly verdict: 'superseded'; readonly generation: number; readonly by: number}
  | CancelledVerdict;

/** The directory that a generation runs from, or is to run from. Left out without `--release`. */
export type WithRelease = {readonly release?: string};

/** The problems that lasted at the time of the verdict. Left out if there were none. */
export type WithProblems = {readonly problems?: readonly Problem[]};

/** The last failed start, and the number of attempts. */
export type FailedVerdict = {readonly verdict: 'failed'; readonly attempts: number} & Omit<
  FailedStart,
  'attempt'
> &
  WithProblems;
export type CancelledVerdict = {readonly verdict: 'cancelled'; readonly reason: CancelReason};

/**
 * - `stopping`: ssd was told to stop.
 * - `cancel`: a client cancelled it.
 * - `other-release`: a later request asks for another release.
 * - `no-former-release`: there is none to go back to, and nothing was done.
 * - `paused`: a client paused ssd.
 * - `resumed`: a pause was over before the last worker had finished.
 * - `not-paused`: there was no pause to end, and nothing was done.
 */
export type CancelReason =
  | 'stopping'
  | 'cancel'
  | 'other-release'
  | 'no-former-release'
  | 'paused'
  | 'resumed'
  | 'not-paused';

/** The origin of a restart: SIGHUP, a control client, or `--enable-auto-restart`. */
export type RestartOrigin = 'signal' | 'request' | 'auto-restart';

/** SIGTERM and SIGQUIT send signal-on-term to the workers, SIGINT sends TERM. */
export type StopSignal = 'TERM' | 'INT' | 'QUIT';

/** A worker that ended too early or did not become ready, with what ssd knows about it. */
export type Death = WithRelease & {
  readonly generation: number;
  readonly worker: number;
  /** The number of the attempt within its restart, from 1. */
  readonly attempt: number;
  readonly pid: number | null;
  readonly ending: Ending;
  readonly hint: Hint | null;
  readonly livedMs: number;
  /** `bake`: the generation had become ready, and failed its trial. Otherwise left out. */
  readonly phase?: 'bake';
};

/** A failed start, or a lost generation. `serving` is the generation that keeps serving, if there is one. */
export type FailedStart = Death & {
  readonly serving: number | null;
  /** The last lines that it wrote to standard error. null if ssd cannot read them. */
  readonly stderr?: readonly string[] | null;
};

/** An event with its number, counted from 1 since ssd started, and the time of day (ISO 8601, UTC). */
export type Recorded = Event & {readonly seq: number; readonly at: string};
