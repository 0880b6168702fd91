/**
 * The signals that ssd handles. The handlers are installed before anything else, so that no signal is lost during the
 * start.
 */
import {defer} from '../../shared/deferred.js';
import type {StopSignal} from '../../shared/protocol/event.js';

/** Thrown where a thread still waits for a name server, which would hold up the end of the process. */
export class StoppedAtStart extends Error {}

export type SignalHandlers = {
  readonly onRestart: () => void;
  readonly onStop: (signal: StopSignal) => void;
  /** SIGUSR2, unless it is to be passed on: the installed ssd is to take the place of this one. */
  readonly onReplace: () => void;
  /** One of those that were asked for: `USR1`. */
  readonly onForward: (signal: string) => void;
  readonly onIgnored: (signal: string) => void;
};

export type Signals = {
  /** Resolves when a signal to stop has come before signals are delivered: a start that waits is given up then. */
  readonly stopAsked: Promise<void>;
  /**
   * Delivers signals from now on, beginning with those that have already come.
   *
   * @param forwarded without `SIG`; ssd takes over these, too
   */
  readonly deliverTo: (handlers: SignalHandlers, forwarded: readonly string[]) => void;
  /** As if this process had got the signal. */
  readonly take: (signal: NodeJS.Signals) => void;
  readonly dispose: () => void;
};

/**
 * By default these signals would end ssd and leave its workers behind. SIGUSR1 would open Node's debugger to
 * everybody on the machine. start_server dies of the first two.
 */
const IGNORED = ['SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;

/**
 * start_server dies of SIGQUIT, too. But it is the signal with which a container is stopped if its image says so, as those
 * of nginx and php-fpm do.
 */
const STOPS: Readonly<Partial<Record<NodeJS.Signals, StopSignal>>> = {
  SIGTERM: 'TERM',
  SIGINT: 'INT',
  SIGQUIT: 'QUIT',
};

/** Takes over the signals and keeps them until they can be delivered. */
export function catchSignals(): Signals {
  const waiting: NodeJS.Signals[] = [];
  const stop = defer<void>();
  let take = (signal: NodeJS.Signals): void => {
    waiting.push(signal);
    if (STOPS[signal]) stop.resolve();
  };
  const listener = (signal: NodeJS.Signals) => take(signal);
  const all: NodeJS.Signals[] = ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGQUIT', ...IGNORED];
  for (const signal of all) process.on(signal, listener);
  return {
    stopAsked: stop.promise,
    deliverTo: ({onRestart, onStop, onReplace, onForward, onIgnored}, forwarded) => {
      take = signal => {
        const stops = STOPS[signal];
        const name = signal.slice('SIG'.length);
        if (signal === 'SIGHUP') onRestart();
        else if (stops) onStop(stops);
        else if (forwarded.includes(name)) onForward(name);
        else if (signal === 'SIGUSR2') onReplace();
        else onIgnored(signal);
      };
      const more = forwarded.map(name => `SIG${name}` as NodeJS.Signals).filter(name => !all.includes(name));
      for (const signal of more) process.on(signal, listener);
      all.push(...more);
      for (const signal of waiting.splice(0)) take(signal);
    },
    take: listener,
    dispose: () => {
      take = () => {};
      for (const signal of all) process.off(signal, listener);
    },
  };
}
