/** The options of the library's functions. */

/** A duration: seconds as a number, or text as on the command line (`'0.2'`, `'200ms'`, `'5m'`). */
export type DurationOption = number | string;

/** A form in which a server wants its listeners. */
export type FormOption = 'unicorn' | 'php-fpm' | 'nginx' | 'puma' | 'nghttpx' | `${string}=${string}`;

/** The options of ssd(8) under JavaScript names, with the same defaults. */
export type StartServerOptions = {
  /** The server program and its arguments: a list of words, which no shell reads. */
  readonly exec: readonly string[];
  /** Stops the server, as SIGTERM does. Nothing is started if it was aborted before. */
  readonly signal?: AbortSignal;
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
  /** A signal, or several: `QUIT,30s,TERM,10s,KILL`. */
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
  /** Mode of the unix listeners, in octal digits. Default: `0777`. */
  readonly pathMode?: string;
  /** `USER[:GROUP]` of the unix listeners. */
  readonly pathOwner?: string;
  readonly reusePort?: boolean;
  /** `true` or the number of connections that may wait. */
  readonly fastOpen?: true | number;
  /** `true` for 1 s. */
  readonly deferAccept?: true | DurationOption;
  readonly ipv6Dual?: boolean;
  readonly freebind?: boolean;
  /** How long an address that is in use is tried again. Default: not at all. */
  readonly bindRetry?: DurationOption;
  /** Keep O_NONBLOCK of the listeners set or clear, whatever workers do. */
  readonly nonblocking?: 'yes' | 'no';
  /** Pass the listeners as systemd does, in LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES. */
  readonly listenFds?: boolean;
  /** Pass the listeners as these servers want them, or in a form of one's own: `NAME=TEXT`. See ssd(8). */
  readonly fdsAs?: FormOption | readonly FormOption[];
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
  /** After how many failed attempts ssd gives up a start or restart that has no limit of its own. Default: never. */
  readonly maxAttempts?: number;
  /** How long after the order to finish ssd kills a worker. Default: never. */
  readonly stopTimeout?: DurationOption;
  /** Let every worker lead its own process group. */
  readonly killGroup?: boolean;
  /** Collect the orphans among the descendants of this process, as process 1 does. */
  readonly subreaper?: boolean;
  /** Signals to this process that go on to the workers that serve: `USR1,WINCH`. */
  readonly forward?: string;
  /** How many old generations may linger. Default: any number. */
  readonly maxRetiring?: number;
  /** How many workers a generation has. `auto`: one for each processor that may be used. Default: 1. */
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
  /** Whether to take over the workers of an ssd that was killed. Default: `auto`. */
  readonly adopt?: 'auto' | 'no';
  /** What becomes of workers when this process is killed: they serve on, get SIGTERM, or are killed. Default: `keep`. */
  readonly onDeath?: 'keep' | 'term' | 'kill';
  /** Whether a new generation starts beside the old one, or when it is gone. Default: `overlap`. */
  readonly order?: 'overlap' | 'stop-first';
  /** Replace a worker that takes more memory than this: bytes, or text such as `'512M'`. Default: any amount. */
  readonly maxMemory?: number | string;
  /** How many workers a restart replaces at a time. Default: all of them. */
  readonly rolling?: number;
  /** The user as whom workers run, by name or number. Default: the user of this process. */
  readonly user?: string | number;
  /** The group as which workers run, by name or number. */
  readonly group?: string | number;
  /** The umask of the workers in octal, as text: `'0027'`. */
  readonly umask?: string;
  /** The niceness of the workers, -20 to 19. */
  readonly nice?: number;
  /** Resource limits of the workers: `nofile=65536`, `core=0:unlimited`. */
  readonly rlimit?: string | readonly string[];
  /** Let no worker gain privileges by executing a program. */
  readonly noNewPrivs?: boolean;
  /** The oom_score_adj of the workers. Default: 100 above that of this process. */
  readonly oomScoreAdj?: number;
  /** A file that ssd keeps up to date with metrics. */
  readonly metricsFile?: string;
  /** `[HOST:]PORT` of this machine, or the path of a unix socket, where HTTP is served: probes, metrics, status, events. */
  readonly http?: number | string;
  /** Let the address of `http` be one that other machines reach. */
  readonly httpPublic?: boolean;
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
