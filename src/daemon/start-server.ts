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
