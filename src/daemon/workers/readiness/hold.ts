/**
 * Holds what a worker says of its readiness until it is clear that the worker lives on. A worker that has ended is not
 * ready, even if it said so and its end is not known yet: its message would make ssd tell the old generation to finish.
 *
 * A worker that waits for work lives on (`waits-for-work.ts`), which is the usual case and is seen within a millisecond or
 * two. For the others, ssd waits longer than a program takes to end, and looks for ended children before it counts.
 */
import type {Input} from '../../core/types.js';
import type {Children} from '../children.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {waitsForWork} from './waits-for-work.js';

export type Ready = Extract<Input, {type: 'ready'}>;

export type Hold = {
  readonly onSpawned: (address: WorkerAddress, pid: number) => void;
  readonly put: (ready: Ready) => void;
  /** Passes on what it holds. A message that came in time counts before a deadline that has passed. */
  readonly releaseAll: () => void;
  /** The worker has ended. What it said does not count. */
  readonly forget: (address: WorkerAddress) => void;
  readonly dispose: () => void;
};

/** Longer than a program takes to end, and too short to be noticed in a restart. */
const STAYS_MS = 15;
const LOOK_MS = 1;

type Held = {readonly ready: Ready; readonly until: number; timer: NodeJS.Timeout | undefined};

export function createHold({
  now,
  children,
  submit,
}: {
  readonly now: () => number;
  readonly children: Pick<Children, 'collect'>;
  readonly submit: (ready: Ready) => void;
}): Hold {
  const pids = new Map<string, number>();
  const held = new Map<string, Held>();
  const take = (key: string): Held | undefined => {
    const one = held.get(key);
    clearTimeout(one?.timer);
    held.delete(key);
    return one;
  };
  const release = (key: string) => {
    children.collect();
    const one = take(key);
    if (one) submit({...one.ready, now: now()});
  };
  const look = (key: string, one: Held) => {
    const pid = pids.get(key);
    if (now() >= one.until || (pid !== undefined && waitsForWork(pid))) return release(key);
    one.timer = setTimeout(look, LOOK_MS, key, one);
  };
  return {
    onSpawned: (address, pid) => pids.set(keyOf(address), pid),
    put: ready => {
      const key = keyOf(ready);
      if (held.has(key)) return;
      const one: Held = {ready, until: now() + STAYS_MS, timer: undefined};
      held.set(key, one);
      // Not at once: the end of another worker may be under way that led to this message being read, and counts first.
      one.timer = setTimeout(look, LOOK_MS, key, one);
    },
    releaseAll: () => {
      for (const key of [...held.keys()]) release(key);
    },
    forget: address => {
      take(keyOf(address));
      pids.delete(keyOf(address));
    },
    dispose: () => {
      for (const key of [...held.keys()]) take(key);
    },
  };
}
