/**
 * The library: what `import … from 'ssd-superdaemon'` gives. Everything heavy is loaded when it is used, so
 * that a server which only asks for its ports loads neither koffi nor yargs.
 */
export {
  type InheritedListener,
  inheritedListeners,
  type ServerPortsOptions,
  serverPorts,
} from '../shared/server-ports.js';

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

/**
 * Runs a superdaemon in this process, until it gets SIGTERM or SIGINT, or is stopped by `ssctl stop`. Takes over
 * SIGHUP, SIGTERM and SIGINT while it runs.
 *
 * @returns resolves when every worker is gone and everything that was made is removed
 * @throws {ServerError} when it cannot start: `option-invalid`, `listen-failed`, `program-not-found`,
 *   `pid-file-locked`, `control-in-use` …
 * @example await startServer({port: 8080, exec: ['node', 'server.js']});
 */
export async function startServer(options: StartServerOptions): Promise<void> {
  const [{catchSignals}, {readConfig}, {runSuperdaemon}, library] = await Promise.all([
    import('./system/signals.js'),
    import('./config.js'),
    import('./superdaemon.js'),
    import('./library-options.js'),
  ]);
  await library.explained(async () => {
    const config = readConfig(library.toRawOptions(options), options.exec, process.env);
    const signals = catchSignals();
    try {
      await runSuperdaemon({config, signals});
    } finally {
      signals.dispose();
    }
  });
}

/**
 * Tells ssd that this worker is ready. To be called by a server once it accepts connections; it does what
 * `--ready=fd` or `--ready=notify` waits for, and nothing where ssd waits for neither, or where there is no ssd.
 * A second call has no effect.
 *
 * @throws {ServerError} `ready-fd-invalid` when `SSD_READY_FD` is no number, or no pipe of this process;
 *   `systemd-notify-missing`, `systemd-notify-failed`: Node cannot speak to `NOTIFY_SOCKET` by itself
 * @example server.listen({fd: serverPorts().get('8080')}, notifyReady);
 */
export async function notifyReady(): Promise<void> {
  const {tellReady} = await import('./notify-ready.js');
  await tellReady(process.env);
}

/**
 * Restarts the server whose ssd holds `pidFile`, with one attempt, and waits for the end of that restart.
 *
 * @returns the number of the generation that serves now
 * @throws {ServerError} `restart-failed`, `not-running`, `timed-out`, `gone-before-done`
 * @example const {generation} = await restartServer({pidFile: '/run/app.pid', timeout: '60s'});
 */
export async function restartServer(options: ManageServerOptions): Promise<{generation: number}> {
  const [{restartByPidFile}, library] = await Promise.all([
    import('./manage.js'),
    import('./library-options.js'),
  ]);
  return library.explained(async () => {
    const {generation} = await restartByPidFile(library.toManageOptions(options), process.env);
    return {generation};
  });
}

/**
 * Stops the ssd that holds `pidFile`, with its workers, and waits until it is gone.
 *
 * @throws {ServerError} `not-running`, `timed-out`
 * @example await stopServer({pidFile: '/run/app.pid'});
 */
export async function stopServer(options: ManageServerOptions): Promise<void> {
  const [{stopByPidFile}, library] = await Promise.all([
    import('./manage.js'),
    import('./library-options.js'),
  ]);
  await library.explained(() => stopByPidFile(library.toManageOptions(options)));
}
