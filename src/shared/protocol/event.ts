/** What happens in the daemon: logged, kept for `events`, and sent to whoever waits for it. Part of the protocol. */
import type {Problem, ProblemFacts} from './problem.js';

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
export type Event =
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
  | ({readonly type: 'restart-ended'} & RestartEnd)
  | {readonly type: 'scaled'; readonly workers: number}
  | {readonly type: 'signalled'; readonly signal: string; readonly pids: readonly number[]}
  /** Something is wrong from now on. */
  | ({readonly type: 'problem'} & ProblemFacts)
  /** It is over. `count` is how often it was met. */
  | ({readonly type: 'problem-solved'; readonly count: number; readonly lastedMs: number} & ProblemFacts)
  | {readonly type: 'stopped'};

/** How a restart ended, whoever asked for it, and whether or not anybody waits for the verdict. */
export type RestartEnd =
  /** The generations that it replaced are gone. */
  | {readonly verdict: 'completed'; readonly generation: number; readonly replaced: readonly number[]}
  | FailedVerdict
  | {readonly verdict: 'superseded'; readonly generation: number; readonly by: number}
  | CancelledVerdict;

/** What lasted when the verdict was given; left out where nothing did. */
export type WithProblems = {readonly problems?: readonly Problem[]};

/** What failed last, and after how many attempts. */
export type FailedVerdict = {readonly verdict: 'failed'; readonly attempts: number} & Omit<
  FailedStart,
  'attempt'
> &
  WithProblems;
export type CancelledVerdict = {readonly verdict: 'cancelled'; readonly reason: 'stopping' | 'cancel'};

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

/** An event with its number, counted from 1 since ssd started, and the time of day (ISO 8601, UTC). */
export type Recorded = Event & {readonly seq: number; readonly at: string};
