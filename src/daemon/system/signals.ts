/**
 * The signals that ssd handles. The handlers are installed before anything else, so that no signal is lost during the
 * start.
 */
import {defer} from '../../shared/deferred.js';
import type {StopSignal} from '../../shared/protocol/event.js';

/** Thrown by a start that is told to stop while it waits. */
export class StoppedAtStart extends Error {}

export type SignalHandlers = {
  readonly onRestart: () => void;
  readonly onStop: (signal: StopSignal) => void;
  readonly onIgnored: (signal: string) => void;
};

export type Signals = {
  /** Resolves when SIGTERM or SIGINT has come before signals are delivered: a start that waits is given up then. */
  readonly stopAsked: Promise<void>;
  /** Delivers signals from now on, beginning with those that have already come. */
  readonly deliverTo: (handlers: SignalHandlers) => void;
  readonly dispose: () => void;
};

/**
 * By default these signals would end ssd and leave its workers behind. SIGUSR1 would open Node's debugger to
 * everybody on the machine. start_server dies of the first three.
 */
const IGNORED = ['SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGALRM'] as const;

/** Takes over the signals and keeps them until they can be delivered. */
export function catchSignals(): Signals {
  const waiting: NodeJS.Signals[] = [];
  const stop = defer<void>();
  let take = (signal: NodeJS.Signals): void => {
    waiting.push(signal);
    if (signal === 'SIGTERM' || signal === 'SIGINT') stop.resolve();
  };
  const listener = (signal: NodeJS.Signals) => take(signal);
  const all = ['SIGHUP', 'SIGTERM', 'SIGINT', ...IGNORED] as const;
  for (const signal of all) process.on(signal, listener);
  return {
    stopAsked: stop.promise,
    deliverTo: ({onRestart, onStop, onIgnored}) => {
      take = signal => {
        if (signal === 'SIGHUP') onRestart();
        else if (signal === 'SIGTERM') onStop('TERM');
        else if (signal === 'SIGINT') onStop('INT');
        else onIgnored(signal);
      };
      for (const signal of waiting.splice(0)) take(signal);
    },
    dispose: () => {
      for (const signal of all) process.off(signal, listener);
    },
  };
}
