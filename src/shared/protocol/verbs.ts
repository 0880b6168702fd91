/** What can be asked of a daemon, typed once for both sides: its handlers and every client are held to this map. */
import type {Event, Recorded} from './event.js';
import type {Status} from './status.js';
import type {Cancelled, Scaled, Signalled, Until, Verdict} from './verdict.js';

/**
 * Each verb with its parameters, its events and its result. A parameter that may be left out has a default. `event`
 * is what comes any number of times before the one result; `never` means that nothing does.
 */
export type Verbs = {
  /** What is running. */
  readonly status: {readonly params: NoParams; readonly event: never; readonly result: Status};
  /** Replaces the generation that serves. */
  readonly restart: {
    readonly params: {
      /** How many starts to try; 0: try without end, as SIGHUP does. Default 1. */
      readonly attempts?: number;
      /** What to wait for. Default `gone`. */
      readonly until?: Until;
    };
    readonly event: Event;
    readonly result: Verdict;
  };
  /** Gives up the restart that is under way. */
  readonly cancel: {readonly params: NoParams; readonly event: never; readonly result: Cancelled};
  /** Ends all workers, and ssd. */
  readonly stop: {
    readonly params: {
      /** When to kill what is left, in milliseconds. Default null: as `--stop-timeout` says. */
      readonly killAfterMs?: number | null;
    };
    readonly event: Event;
    /** Everything that ssd made is removed; its process ends right after this line. */
    readonly result: {readonly stopped: true; readonly pid: number};
  };
  /** Changes how many workers a generation has. */
  readonly scale: {
    readonly params: {readonly workers: number};
    readonly event: Event;
    readonly result: Scaled;
  };
  /** Sends a signal to the workers. */
  readonly signal: {
    readonly params: {
      /** Its name without SIG. */
      readonly signal: string;
      /** Whose workers get it. Default null: those of all generations. */
      readonly generation?: number | null;
    };
    readonly event: never;
    readonly result: Signalled;
  };
  /** Tells what has happened, and with `follow` what happens from now on. */
  readonly events: {
    readonly params: {
      /** How far back to begin, in milliseconds. Default null: with the oldest that is kept. */
      readonly sinceMs?: number | null;
      /** Whether to go on until ssd stops; the result comes then. Default false. */
      readonly follow?: boolean;
    };
    readonly event: Recorded;
    /** How many there were. */
    readonly result: {readonly events: number};
  };
  /** Figures for a monitoring system. */
  readonly metrics: {
    readonly params: NoParams;
    readonly event: never;
    /** OpenMetrics text. */
    readonly result: {readonly text: string};
  };
  /** Opens the log file anew, after it was renamed. */
  readonly 'reopen-logs': {
    readonly params: NoParams;
    readonly event: never;
    /** The file that is written now. */
    readonly result: {readonly logFile: string};
  };
};

/** The name of something that can be asked. */
export type Verb = keyof Verbs;

/** No parameter at all. */
export type NoParams = Readonly<Record<string, never>>;

/** The parameters of a verb as a client gives them: those with a default may be left out. */
export type ParamsOf<V extends Verb> = Verbs[V]['params'];

/** The parameters of a verb as its handler gets them: what was left out has its default. */
export type CompleteParamsOf<V extends Verb> = {readonly [M in V]: Required<ParamsOf<M>>}[V];

/** An event of a request with this verb. */
export type EventOf<V extends Verb> = Verbs[V]['event'];

/** The result of a request with this verb. */
export type ResultOf<V extends Verb> = Verbs[V]['result'];
