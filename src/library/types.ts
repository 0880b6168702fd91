/** The options of the library's functions, and the error that they throw. */

/** A duration: seconds as a number, or text as on the command line (`'0.2'`, `'200ms'`, `'5m'`). */
export type DurationOption = number | string;

/** The options of ssd(8) under the names of JavaScript; the same defaults. */
export type StartServerOptions = {
  /** The server program and its arguments. */
  readonly exec: readonly string[];
  /** `[HOST:][u]PORT[=FD]`, one or more. */
  readonly port?: number | string | readonly (number | string)[];
  /** Paths of unix sockets, one or more. */
  readonly path?: string | readonly string[];
  /** Working directory of the server program. */
  readonly dir?: string;
  /** How long a worker must live to count as ready; default 1 s. */
  readonly interval?: DurationOption;
  readonly signalOnHup?: string;
  readonly signalOnTerm?: string;
  readonly pidFile?: string;
  readonly statusFile?: string;
  readonly envdir?: string;
  /** A file, or `| command`. */
  readonly logFile?: string;
  readonly enableAutoRestart?: boolean;
  readonly autoRestartInterval?: DurationOption;
  readonly killOldDelay?: DurationOption;
  readonly backlog?: number;
  /** How a worker shows that it is ready: `interval`, `notify`, `fd`, or `exec=COMMAND`; default `interval`. */
  readonly ready?: 'interval' | 'notify' | 'fd' | `exec=${string}`;
  /** How long that may take, unless `ready` is `interval`; default 60 s. */
  readonly readyTimeout?: DurationOption;
  /** How long the pause after failed attempts may grow; default: it does not. */
  readonly maxInterval?: DurationOption;
  /** Pass standard error of the workers through this process, which can then quote it. */
  readonly captureStderr?: boolean;
  /** When to kill a worker that was told to finish; default: never. */
  readonly stopTimeout?: DurationOption;
  /** Let every worker lead a process group of its own. */
  readonly killGroup?: boolean;
  /** How many old generations may linger; default: any number. */
  readonly maxRetiring?: number;
  /** How many workers a generation has; `auto`: one a processor. Default 1. */
  readonly workers?: number | 'auto';
  /** Replace so many workers at a time. */
  readonly rolling?: number;
  /** A file that is kept up to date with metrics. */
  readonly metricsFile?: string;
  readonly logFormat?: 'text' | 'json';
  /** Name of the instance; default: the base name of the program. */
  readonly name?: string;
  /** Path of the control socket. */
  readonly control?: string;
};

/** Which running ssd is meant, and how long to wait for it. */
export type ManageServerOptions = {
  readonly pidFile: string;
  /** Needed only for an ssd without a control socket. */
  readonly statusFile?: string;
  /** Its control socket, where that is not in a default place. */
  readonly control?: string;
  /** How long to wait; default: for ever. */
  readonly timeout?: DurationOption;
};

/** What these functions throw: `code` is stable (ssd-control(7) and ssd(8) have the words), `message` one line. */
export type ServerError = Error & {readonly code: string};
