/** The options of the library's functions, and the error that they throw. */

/** A duration: seconds as a number, or text as on the command line (`'0.2'`, `'200ms'`, `'5m'`). */
export type DurationOption = number | string;

/** The options of ssd(8) under JavaScript names, with the same defaults. */
export type StartServerOptions = {
  /** The server program and its arguments. */
  readonly exec: readonly string[];
  /** `[HOST:][u]PORT[=FD]`, one or more. */
  readonly port?: number | string | readonly (number | string)[];
  /** Paths of unix sockets, one or more. */
  readonly path?: string | readonly string[];
  /** Working directory of the server program. */
  readonly dir?: string;
  /** A directory, or a link to one, from which generations start. Default: none is pinned. */
  readonly release?: string;
  /** How long a worker must live to count as ready. Default: 1 s. */
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
  /** Keep O_NONBLOCK of the listeners set or clear, whatever workers do. */
  readonly nonblocking?: 'yes' | 'no';
  /** How a worker shows that it is ready: `interval`, `notify`, `fd` or `exec=COMMAND`. Default: `interval`. */
  readonly ready?: 'interval' | 'notify' | 'fd' | `exec=${string}`;
  /** How long a worker may take to get ready, unless `ready` is `interval`. Default: 60 s. */
  readonly readyTimeout?: DurationOption;
  /** The longest pause after failed attempts. Default: the pause does not grow. */
  readonly maxInterval?: DurationOption;
  /** Pass standard error of the workers through this process, which can then quote it. */
  readonly captureStderr?: boolean;
  /** Pass standard output of the workers through this process as well. */
  readonly captureOutput?: boolean;
  /** How many failed attempts to make where nobody waits with a number of his own. Default: any number. */
  readonly maxAttempts?: number;
  /** How long after the order to finish ssd kills a worker. Default: never. */
  readonly stopTimeout?: DurationOption;
  /** Let every worker lead its own process group. */
  readonly killGroup?: boolean;
  /** How many old generations may linger. Default: any number. */
  readonly maxRetiring?: number;
  /** How many workers a generation has. `auto`: one for each processor. Default: 1. */
  readonly workers?: number | 'auto';
  /** How long the old generation serves beside a new one and may come back. Default: not at all. */
  readonly bake?: DurationOption;
  /** A command that must succeed again and again meanwhile. */
  readonly bakeCheck?: `exec=${string}`;
  /** The time from one check to the next. Default: 1 s. */
  readonly bakeEvery?: DurationOption;
  /** How long one check may take. Default: as `bakeEvery`. */
  readonly bakeTimeout?: DurationOption;
  /** How many checks in a row must fail. Default: 1. */
  readonly bakeFailures?: number;
  /** How many workers a restart replaces at a time. Default: all of them. */
  readonly rolling?: number;
  /** A file that ssd keeps up to date with metrics. */
  readonly metricsFile?: string;
  readonly logFormat?: 'text' | 'json';
  /** The name of the instance. Default: the base name of the program. */
  readonly name?: string;
  /** The path of the control socket. */
  readonly control?: string;
};

/** The running ssd to manage, and how long to wait for it. */
export type ManageServerOptions = {
  readonly pidFile: string;
  /** Needed only if the ssd has no control socket. */
  readonly statusFile?: string;
  /** The control socket of the ssd, if it is not in a default place. */
  readonly control?: string;
  /** How long to wait. Default: for ever. */
  readonly timeout?: DurationOption;
};

/**
 * The error that these functions throw. `code` is stable; ssd-control(7) and ssd(8) list the codes. `message` is one
 * line.
 */
export type ServerError = Error & {readonly code: string};
