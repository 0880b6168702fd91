/**
 * Finds out which children are stopped: by a terminal that they may not use from the background (SIGTTIN, SIGTTOU), by a
 * person, by a debugger. SIGCHLD announces a stop and its end. It does not for other members of a child's group, because
 * those are not children of ssd.
 */
import {stopOfChild} from '../system/posix-process.js';
import {signalName} from './ending-of.js';

/** Called with the signal that stopped the child, such as `SIGTTIN`; null: it continues, or has ended. */
export type OnStop = (pid: number, signal: string | null) => void;

export type Stops = {
  /** Looks whether the child was stopped or continued since the last look. */
  readonly look: (pid: number, onStop: OnStop) => void;
  /** The child has ended. */
  readonly end: (pid: number) => void;
  /** What has stopped a child; null: it runs. */
  readonly signalOf: (pid: number) => string | null;
  /** A child is stopped, as `onStop` has heard before. */
  readonly revive: (pid: number, signal: string, onStop: OnStop) => void;
};

export function createStops(): Stops {
  const stopped = new Map<number, {readonly signal: string; readonly onStop: OnStop}>();
  const end = (pid: number) => {
    const known = stopped.get(pid);
    if (stopped.delete(pid)) known?.onStop(pid, null);
  };
  return {
    end,
    signalOf: pid => stopped.get(pid)?.signal ?? null,
    revive: (pid, signal, onStop) => stopped.set(pid, {signal, onStop}),
    look: (pid, onStop) => {
      const found = stopOfChild(pid);
      if (found === null) return;
      if (found === 'continued') return end(pid);
      const signal = signalName(found);
      stopped.set(pid, {signal, onStop});
      onStop(pid, signal);
    },
  };
}
