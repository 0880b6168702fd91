/** The signals ssd takes. Installed before anything else, so that none that comes while starting up is lost. */
import type {StopSignal} from '../../shared/protocol/event.js';

export type SignalHandlers = {
  readonly onRestart: () => void;
  readonly onStop: (signal: StopSignal) => void;
  readonly onIgnored: (signal: string) => void;
};

export type Signals = {
  /** Delivers from now on, beginning with what has come before. */
  readonly deliverTo: (handlers: SignalHandlers) => void;
  readonly dispose: () => void;
};

/**
 * Left alone they would end ssd and leave its workers behind; SIGUSR1 would open Node's debugger to everybody
 * on the machine. start_server dies of the first three.
 */
const IGNORED = ['SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGALRM'] as const;

/** Takes the signals over and keeps them until they can be delivered. */
export function catchSignals(): Signals {
  const waiting: NodeJS.Signals[] = [];
  let take = (signal: NodeJS.Signals): void => void waiting.push(signal);
  const listener = (signal: NodeJS.Signals) => take(signal);
  const all = ['SIGHUP', 'SIGTERM', 'SIGINT', ...IGNORED] as const;
  for (const signal of all) process.on(signal, listener);
  return {
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
