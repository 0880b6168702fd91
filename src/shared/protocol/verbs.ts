/** The requests that a daemon takes. The types here bind both sides: the daemon's handlers and every client. */
import type {Connections} from './connection.js';
import type {Event, Recorded, WithProblems} from './event.js';
import type {Releases} from './releases.js';
import type {Status} from './status.js';
import type {
  Accepted,
  Cancelled,
  Paused,
  Rejected,
  RestartOrder,
  Scaled,
  Signalled,
  Until,
  Upgraded,
  Verdict,
} from './verdict.js';

/**
 * Each verb with its parameters, its events and its result. An optional parameter has a default. Any number of events
 * can come before the one result. `never` means that the verb has no events.
 */
export type Verbs = {
  /** Shows what is running. */
  readonly status: {readonly params: NoParams; readonly event: never; readonly result: Status};
  /** Replaces the generation that serves. */
  readonly restart: {
    readonly params: {
      /** How many starts to try. 0 tries without end, as SIGHUP does. Default 1. */
      readonly attempts?: number;
      /** What to wait for. Default `gone`. */
      readonly until?: Until;
      /** An absolute path of a directory to start from, whatever `--release` says. Default null. */
      readonly release?: string | null;
      /** Whether to go back to the release that was good before the current one. Default false. */
      readonly rollback?: boolean;
      /** How long the new generation is on trial. 0: it is not; default null: as `--bake` says. */
      readonly bakeMs?: number | null;
      /** Whether the new generation starts beside the old one or after it. Default null: as `--order` says. */
      readonly order?: RestartOrder | null;
      /**
       * The trace to which the restart belongs, as the variables TRACEPARENT and TRACESTATE have it. What is none is as good as
       * null, the default.
       */
      readonly traceparent?: string | null;
      readonly tracestate?: string | null;
    };
    readonly event: Event;
    readonly result: Verdict;
  };
  /** Tells all workers to finish and starts none for a while. The listeners stay. */
  readonly pause: {
    readonly params: {
      /** When the pause ends by itself, in milliseconds from now. */
      readonly maxMs: number;
    };
    readonly event: Event;
    readonly result: Paused;
  };
  /** Ends a pause. */
  readonly resume: {readonly params: NoParams; readonly event: Event; readonly result: Verdict};
  /** Cancels the restart that is under way. */
  readonly cancel: {readonly params: NoParams; readonly event: never; readonly result: Cancelled};
  /** Ends the trial of the current generation: it stays. */
  readonly accept: {readonly params: NoParams; readonly event: never; readonly result: Accepted};
  /** Ends the trial of the current generation: the one before it comes back. */
  readonly reject: {
    readonly params: {
      /** For the verdict, the log and the events. Default null. */
      readonly reason?: string | null;
    };
    readonly event: never;
    readonly result: Rejected;
  };
  /** Ends all workers, then ssd. */
  readonly stop: {
    readonly params: {
      /** When to kill the remaining workers, in milliseconds. Default null: the value of `--stop-timeout`. */
      readonly killAfterMs?: number | null;
    };
    readonly event: Event;
    /** ssd has removed everything that it made. Its process ends right after this line. */
    readonly result: {readonly stopped: true; readonly pid: number} & WithProblems;
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
      /** The generation whose workers get it. Default null: all generations. */
      readonly generation?: number | null;
    };
    readonly event: never;
    readonly result: Signalled;
  };
  /** Sends past events, and with `follow` new ones too. */
  readonly events: {
    readonly params: {
      /** How far back to begin, in milliseconds. Default null: at the oldest event that is kept. */
      readonly sinceMs?: number | null;
      /** Whether to continue until ssd stops. The result comes then. Default false. */
      readonly follow?: boolean;
    };
    readonly event: Recorded;
    /** How many events were sent. */
    readonly result: {readonly events: number};
  };
  /** Replaces the ssd that runs by the one that is installed, under the same pid. */
  readonly reexec: {
    readonly params: {
      /** The command line of the new one, without its name. Default null: that of the running one. */
      readonly args?: string[] | null;
    };
    readonly event: Event;
    readonly result: Upgraded;
  };
  /** Lists what this ssd has run. Only with `--release`. */
  readonly releases: {readonly params: NoParams; readonly event: never; readonly result: Releases};
  /** Lists the open connections of the workers. */
  readonly connections: {
    readonly params: {
      /** Only those of this generation. Default null: of all. */
      readonly generation?: number | null;
      /** Only those of the worker with this pid. Default null: of all. */
      readonly worker?: number | null;
    };
    readonly event: never;
    readonly result: Connections;
  };
  /** Returns figures for a monitoring system. */
  readonly metrics: {
    readonly params: NoParams;
    readonly event: never;
    /** Text for Prometheus. */
    readonly result: {readonly text: string};
  };
  /** Opens the log file again after it was renamed. */
  readonly 'reopen-logs': {
    readonly params: NoParams;
    readonly event: never;
    readonly result: {
      /** The path of the opened file. */
      readonly logFile: string;
      /** The processes that still write to the file that had this name before. */
      readonly onFormer: readonly number[];
    };
  };
  /** Returns this description of the protocol. */
  readonly 'rpc.discover': {readonly params: NoParams; readonly event: never; readonly result: Description};
};

/** The document in openrpc.json of the package. What is in it, OpenRPC 1.3 says. */
export type Description = {
  readonly openrpc: string;
  readonly info: {readonly version: string; readonly [more: string]: unknown};
  readonly [more: string]: unknown;
};

/** The name of a request. */
export type Verb = keyof Verbs;

/** No parameter at all. */
export type NoParams = Readonly<Record<string, never>>;

/** The parameters of a verb as a client gives them. Those with a default are optional. */
export type ParamsOf<V extends Verb> = Verbs[V]['params'];

/** The parameters of a verb as its handler gets them, with the defaults filled in. */
export type CompleteParamsOf<V extends Verb> = {readonly [M in V]: Required<ParamsOf<M>>}[V];

/** An event of a request with this verb. */
export type EventOf<V extends Verb> = Verbs[V]['event'];

/** The result of a request with this verb. */
export type ResultOf<V extends Verb> = Verbs[V]['result'];
