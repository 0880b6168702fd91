/**
 * The library: the exports of `ssd-superdaemon`. Each function loads its heavy parts when it is called. So a server
 * that only asks for its ports loads neither koffi nor yargs.
 */
export {
  type InheritedListener,
  inheritedListeners,
  type ServerPortsOptions,
  serverPort,
  serverPorts,
} from './server-ports.js';

import type {Connection, ConnectOptions} from './client/types.js';
import type {RunningServer} from './handle.js';
import type {ManageServerOptions, StartServerOptions} from './types.js';

export type {Event, Recorded} from '../shared/protocol/event.js';
export type {Problem} from '../shared/protocol/problem.js';
export type {Status} from '../shared/protocol/status.js';
export type {Scaled, Verdict} from '../shared/protocol/verdict.js';
export type {ServerError} from './client/explain.js';
export type {Connection, ConnectOptions, Request, RequestOptions} from './client/types.js';
export type {RunningServer} from './handle.js';
export type {
  DurationOption,
  FormOption,
  ManageServerOptions,
  StartServerOptions,
} from './types.js';

/**
 * Runs a superdaemon in this process until it gets SIGTERM, SIGQUIT or SIGINT, `ssctl stop` stops it, or `signal` is aborted.
 * It takes over these signals, SIGHUP, and those of `forward` while it runs. It says nothing to a service manager: the
 * service is your program.
 *
 * @returns a promise, which resolves when every worker is gone and everything that it created is removed, with `ready()`,
 *   `stop()` and `connect()`
 * @throws {ServerError} if it cannot start: `option-invalid`, `listen-failed`, `program-not-found`,
 *   `pid-file-locked`, `control-in-use` …
 * @example
 * const server = startServer({port: 8080, exec: ['node', 'server.js'], ready: 'fd'});
 * await server.ready();
 * const {verdict} = await (await server.connect()).restart();
 * await server.stop();
 */
export function startServer(options: StartServerOptions): RunningServer {
  const made = import('./handle.js').then(({createHandle}) => createHandle(options));
  // If nobody waits for it, a failure ends the process, as any other that is not handled.
  const ended = made.then(handle => handle.ended);
  return Object.assign(ended, {
    ready: async () => {
      ended.catch(() => {});
      await (await made).ready();
    },
    stop: async () => (await made).stop(),
    connect: async (how?: Pick<ConnectOptions, 'signal'>) => (await made).connect(how),
  });
}

/**
 * Tells ssd that this worker is ready. A server calls it once it accepts connections. It does what `--ready=fd` or
 * `--ready=notify` waits for. It does nothing if ssd waits for neither, or if there is no ssd. A second call has no
 * effect.
 *
 * @throws {ServerError} `ready-fd-invalid` if `SSD_READY_FD` is not a number, or not a pipe of this process;
 *   `systemd-notify-missing` or `systemd-notify-failed`, because Node cannot speak to `NOTIFY_SOCKET` by itself
 * @example server.listen({fd: serverPort('8080')}, notifyReady);
 */
export async function notifyReady(): Promise<void> {
  const {tellReady} = await import('./notify-ready.js');
  await tellReady(process.env);
}

/**
 * Connects to the control socket of a running ssd, as ssctl does. There is a function for each verb of ssd-control(7), and
 * `events`. A restart that fails is a verdict, and not an error.
 *
 * @throws {ServerError} `no-instance`, `several-instances`, `no-socket`, `stale-socket`, `daemon-silent` …; the functions
 *   of the connection throw `request-refused`, `connection-lost`, `gone-before-done`
 * @example
 * const ssd = await connect({name: 'app'});
 * const verdict = await ssd.restart({}, {signal: AbortSignal.timeout(60_000)});
 * if (verdict.verdict === 'failed') console.error(verdict.ending, verdict.stderr);
 * for await (const event of ssd.events({follow: true})) console.log(event.at, event.type);
 */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  const {openConnection} = await import('./client/open.js');
  return openConnection(options);
}

/**
 * Restarts the server whose ssd holds `pidFile`, with one attempt, and waits for the end of that restart.
 *
 * @returns the number of the generation that serves now
 * @throws {ServerError} `restart-failed`, `not-running`, `timed-out`, `gone-before-done`
 * @example const {generation} = await restartServer({pidFile: '/run/app.pid', timeout: '60s'});
 */
export async function restartServer(options: ManageServerOptions): Promise<{generation: number}> {
  const [{restartByPidFile}, {toManageOptions}, {explained}] = await loadManaging();
  return explained(async () => {
    const {generation} = await restartByPidFile(toManageOptions(options), process.env);
    return {generation};
  });
}

/**
 * Stops the ssd that holds `pidFile` and its workers, and waits until it is gone.
 *
 * @throws {ServerError} `not-running`, `timed-out`
 * @example await stopServer({pidFile: '/run/app.pid'});
 */
export async function stopServer(options: ManageServerOptions): Promise<void> {
  const [{stopByPidFile}, {toManageOptions}, {explained}] = await loadManaging();
  await explained(() => stopByPidFile(toManageOptions(options)));
}

function loadManaging() {
  return Promise.all([
    import('../daemon/modes/manage.js'),
    import('./to-options.js'),
    import('./client/explain.js'),
  ]);
}
