/** What can be done with a server that runs in this process, while it runs. */
import {defer} from '../shared/deferred.js';
import type {Connection, ConnectOptions} from './client/types.js';
import {SIGNAL} from './options/fault.js';
import type {StartServerOptions} from './types.js';

/** It resolves when every worker is gone and everything that was created is removed. */
export type RunningServer = Promise<void> & Handle;

export type Handle = {
  /**
   * Waits until a generation is ready for the first time. Who calls this need not wait for the end.
   *
   * @throws {ServerError} as `startServer`; `stopped` if it was stopped before
   */
  readonly ready: () => Promise<void>;
  /** Stops, as SIGTERM does. @returns the end of the server */
  readonly stop: () => Promise<void>;
  /** Connects to this server: to restart it, and to hear its events. @throws {ServerError} as `connect` of the package */
  readonly connect: (options?: Pick<ConnectOptions, 'signal'>) => Promise<Connection>;
};

export function createHandle(options: StartServerOptions): Handle & {readonly ended: Promise<void>} {
  const [ready, stopAsked, placed] = [defer<void>(), defer<void>(), defer<string>()];
  // Who waits for the end alone hears of a failure there.
  for (const {promise} of [ready, placed]) promise.catch(() => {});
  const stop = () => stopAsked.resolve();
  const signal = signalIn(options);
  const run = async () => {
    if (signal?.aborted) return;
    const {runServer} = await import('./run-server.js');
    const hooks = {onPlace: placed.resolve, onReady: () => ready.resolve(), stopAsked: stopAsked.promise};
    await runServer(options, hooks);
  };
  signal?.addEventListener('abort', stop, {once: true});
  const ended = run().finally(() => signal?.removeEventListener('abort', stop));
  const fail = (error: Error) => {
    ready.reject(error);
    placed.reject(error);
  };
  ended.then(() => fail(stopped()), fail);
  return {
    ended,
    ready: () => ready.promise,
    stop: () => {
      stop();
      return ended;
    },
    connect: async (how = {}) => {
      const control = await placed.promise;
      const {openConnectionTo} = await import('./client/open.js');
      return openConnectionTo(control, how);
    },
  };
}

/** What is no AbortSignal, `runServer` refuses with the other options. */
function signalIn(options: StartServerOptions | null | undefined): AbortSignal | undefined {
  const signal = options?.signal;
  return SIGNAL.is(signal) ? signal : undefined;
}

function stopped(): Error {
  return Object.assign(new Error('the server was stopped before it was ready'), {code: 'stopped'});
}
