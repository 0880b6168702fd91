/** The traffic of restarts that go on, for the next image of ssd. A contract: later versions read it. */
import {fstatSync} from 'node:fs';
import {dropsAt} from '../sockets/accept-queue.js';
import type {Listener} from '../sockets/listener.js';
import type {DrainingState} from './draining.js';
import type {RunsState} from './runs.js';

/** What is counted of a restart. */
export type Figures = {
  /** The counter of each listener when it began. */
  readonly drops: readonly (number | null)[];
  readonly startedAt: number;
  /** The most connections that have waited at one listener. */
  peak: number | null;
};

export type TrafficState = {
  readonly runs: RunsState<FiguresState>;
  readonly draining: DrainingState;
};

/** The counter of each listener when the restart began, by the inode of its socket: the next image may have others. */
type FiguresState = Omit<Figures, 'drops'> & {readonly drops: readonly CounterState[]};
type CounterState = {readonly inode: string; readonly drops: number | null};

export function handOverFigures({drops, ...figures}: Figures, listeners: readonly Listener[]): FiguresState {
  const counters = listeners.flatMap((listener, nth): CounterState[] => {
    const inode = inodeOf(listener.own);
    return inode === null ? [] : [{inode, drops: drops[nth] ?? null}];
  });
  return {...figures, drops: counters};
}

/** A listener that is new counts from now. */
export function reviveFigures({drops, ...figures}: FiguresState, listeners: readonly Listener[]): Figures {
  const known = new Map(drops.map(one => [one.inode, one.drops]));
  const counters = listeners.map(listener => {
    const before = known.get(inodeOf(listener.own) ?? '');
    return before === undefined ? dropsAt(listener) : before;
  });
  return {...figures, drops: counters};
}

function inodeOf(fd: number): string | null {
  try {
    return fstatSync(fd, {bigint: true}).ino.toString();
  } catch {
    // A worker cannot close it, but nobody knows what comes.
    return null;
  }
}
