/**
 * Workers that an ssd has started in its last moment, and that are not in its state file: it was killed before it could
 * write. Otherwise they would serve on without anybody who knows them.
 *
 * A process is one only if all of this is true: it has executed a program, it holds a listener of that ssd, it has in its
 * environment a generation that the file does not know yet, or a place in a known one where no worker lives, no other process
 * could be the one of that place, it has started since the file was written, and its parent is no process of a generation.
 *
 * What a worker has started itself has a worker for its parent, or the place of one that lives. If the worker has died as
 * well, what it has forked has executed nothing: a server with several processes is one program.
 */

import {readdirSync} from 'node:fs';
import {allProcesses, environmentOf, readStat, targetOf} from '../process-stat.js';
import type {State, StateGeneration, StateWorker} from './state.js';

/** @param lives whether this worker of the state does */
export function withMissed(state: State, lives: (worker: StateWorker) => boolean): State {
  if (state.writtenAt === null || state.listeners.length === 0) return state;
  const known = new Set(state.generations.flatMap(({workers}) => workers.map(({pid}) => pid)));
  const found = allProcesses().flatMap(pid => (known.has(pid) ? [] : (look(pid, state) ?? [])));
  const missed = found.filter(one => isVacant(state, one, lives) && found.filter(isAt(one)).length === 1);
  return missed.reduce(withWorker, state);
}

const isAt =
  ({generation, index}: Missed) =>
  (other: Missed): boolean =>
    other.generation === generation && other.index === index;

const MOST_LATER = 1000;

type Missed = {
  readonly pid: number;
  readonly startedAt: string;
  readonly generation: number;
  readonly index: number;
  readonly leadsGroup: boolean;
};

function look(pid: number, {writtenAt, listeners}: State): Missed | null {
  const stat = readStat(pid);
  if (stat === null || stat.isForked || Number(stat.startedAt) < Number(writtenAt)) return null;
  const environment = environmentOf(pid);
  const generation = variableIn(environment, 'SERVER_STARTER_GENERATION');
  const index = variableIn(environment, 'SSD_WORKER_INDEX');
  if (generation === null || index === null) return null;
  if (variableIn(environmentOf(stat.parent), 'SERVER_STARTER_GENERATION') !== null) return null;
  if (!holdsOne(pid, new Set(listeners.map(({inode}) => `socket:[${inode}]`)))) return null;
  return {pid, startedAt: stat.startedAt, generation, index, leadsGroup: stat.group === pid};
}

function variableIn(environment: string, name: string): number | null {
  const text = environment
    .split('\0')
    .find(entry => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function holdsOne(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => sockets.has(targetOf(pid, fd)));
  } catch {
    // It has ended, or belongs to another user.
    return false;
  }
}

function isVacant(
  {generations, last}: State,
  {generation, index}: Missed,
  lives: (worker: StateWorker) => boolean,
): boolean {
  // Whoever names its generation may name any. An ssd that is killed at once has not started many.
  if (generation > last) return generation - last <= MOST_LATER;
  const known = generations.find(one => one.generation === generation);
  return known !== undefined && !known.workers.some(worker => worker.index === index && lives(worker));
}

/**
 * Nobody knows whether it is ready. As a rule its ssd has died before `setpriv` could ask the kernel for the signal of
 * `--on-death`: it is to be told.
 */
function withWorker(state: State, {generation, index, pid, startedAt, leadsGroup}: Missed): State {
  const known = state.generations.find(one => one.generation === generation);
  const workers = known?.workers ?? [];
  const id = Math.max(-1, ...workers.map(worker => worker.id)) + 1;
  const hasGroup = state.killGroup && leadsGroup;
  const worker = {
    id,
    index,
    pid,
    startedAt,
    phase: 'starting',
    onDeath: 'keep',
    hasGroup,
    uid: null,
  } as const;
  const more: StateGeneration = {
    ...(known ?? {generation, phase: 'retiring', release: null}),
    workers: [...workers, worker],
  };
  const others = state.generations.filter(one => one !== known);
  const generations = [...others, more].sort((a, b) => a.generation - b.generation);
  return {...state, last: Math.max(state.last, generation), generations};
}
