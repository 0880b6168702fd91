/**
 * Holds what a worker says of its readiness until it is clear that the worker lives on. A worker that has ended is not
 * ready, even if it said so and its end is not known yet: its message would make ssd tell the old generation to finish.
 *
 * A worker that waits for work lives on (`waits-for-work.ts`), which is the usual case and is seen within a millisecond or
 * two. For the others, ssd waits longer than a program takes to end, and looks for ended children before it counts.
 */
import type {Input} from '../../core/types.js';
import type {HandedOver} from '../../handover/handed-over.js';
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
  readonly handOver: () => HandedOver<HoldState>;
  readonly dispose: () => void;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type HoldState = {
  readonly workers: readonly (WorkerAddress & {readonly pid: number})[];
  /** Those that have said that they are ready, and when that counts at the latest. */
  readonly held: readonly (WorkerAddress & {readonly until: number})[];
};

/** Longer than a program takes to end, and too short to be noticed in a restart. */
const STAYS_MS = 15;
const LOOK_MS = 1;

type Held = {readonly ready: Ready; readonly until: number; timer: NodeJS.Timeout | undefined};

type HoldContext = {
  readonly now: () => number;
  readonly children: Pick<Children, 'collect'>;
  readonly submit: (ready: Ready) => void;
};

/** @param revived what a former image of ssd has handed over */
export function createHold({now, children, submit}: HoldContext, revived: HoldState | null = null): Hold {
  const workers = new Map<string, WorkerAddress & {readonly pid: number}>();
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
    const pid = workers.get(key)?.pid;
    if (now() >= one.until || (pid !== undefined && waitsForWork(pid))) return release(key);
    one.timer = setTimeout(look, LOOK_MS, key, one);
  };
  const put = (ready: Ready, until: number) => {
    const key = keyOf(ready);
    if (held.has(key)) return;
    const one: Held = {ready, until, timer: undefined};
    held.set(key, one);
    // Not at once: the end of another worker may be under way that led to this message being read, and counts first.
    one.timer = setTimeout(look, LOOK_MS, key, one);
  };
  const onSpawned = ({generation, worker}: WorkerAddress, pid: number) =>
    void workers.set(keyOf({generation, worker}), {generation, worker, pid});
  for (const worker of revived?.workers ?? []) onSpawned(worker, worker.pid);
  for (const {generation, worker, until} of revived?.held ?? [])
    put({type: 'ready', now: now(), generation, worker}, until);
  return {
    onSpawned,
    put: ready => put(ready, now() + STAYS_MS),
    releaseAll: () => {
      for (const key of [...held.keys()]) release(key);
    },
    forget: address => {
      take(keyOf(address));
      workers.delete(keyOf(address));
    },
    handOver: () => {
      const stateOf = ({ready: {generation, worker}, until}: Held) => ({generation, worker, until});
      return {state: {workers: [...workers.values()], held: [...held.values()].map(stateOf)}, fds: []};
    },
    dispose: () => {
      for (const key of [...held.keys()]) take(key);
    },
  };
}
