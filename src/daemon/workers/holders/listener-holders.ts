/**
 * Finds the processes that hold a listener although their generation is gone: a server whose wrapper did not wait for it,
 * a helper that inherited the descriptor. Such a process still answers a share of the clients. Only /proc/PID/fd shows it,
 * so all processes that started after ssd are searched, or after a dead one whose listeners it has taken over. Processes of other users cannot be seen, except by root.
 */
import {fstatSync, readdirSync} from 'node:fs';
import {allProcesses, ancestry, environmentOf, readStat, targetOf} from '../../../shared/process-stat.js';
import {readIfPossible} from '../../../shared/read-whole.js';
import type {Listener} from '../../sockets/listener.js';
import {searchProcesses} from '../../system/processes/search.js';
import type {MayBeLater} from './later-pids.js';

export type Holder = {
  readonly pid: number;
  /** In the midst of execve(2): who it is cannot be told yet. */
  readonly isExecuting: boolean;
  /** Its command line, or as much of it as fits. */
  readonly command: string;
  /** The names of the listeners. */
  readonly listeners: readonly string[];
};

/** Who may hold a listener: the living generations and their workers. */
export type Rightful = {readonly generations: ReadonlySet<number>; readonly pids: ReadonlySet<number>};

type Held = readonly Pick<Listener, 'own' | 'name' | 'passed'>[];

/** More than anybody would end by hand. */
const MOST = 16;
const LONGEST_COMMAND = 80;

/** `isWhole`: all processes were looked at, and the time was not over before that. */
export type Found = {readonly holders: readonly Holder[]; readonly isWhole: boolean};

export type Search = {
  /** The processes to look at; null: all. */
  readonly among?: readonly number[] | null;
  /** Spares a look at processes that are older than ssd for sure. */
  readonly mayBeLater?: MayBeLater;
  /** The start of the first ssd that had the listeners (proc(5), in clock ticks); null: this one. */
  readonly since?: string | null;
  /** How long to look, in milliseconds. */
  readonly longestMs?: number;
};

export async function findHolders(
  listeners: Held,
  rightful: () => Rightful,
  {among = null, mayBeLater = () => true, since = null, longestMs}: Search = {},
): Promise<Found> {
  const byInode = listenersByInode(listeners);
  const ownStart = since === null ? startOf(process.pid) : Number(since);
  // The newest first: a process that a generation left behind is younger than most.
  const pids = (among ?? allProcesses()).filter(mayBeLater).sort((a, b) => b - a);
  const look = (pid: number): Holder | null => {
    // A holder has inherited from a worker of ours. Who passed a listener to ssd has it rightfully.
    if (pid === process.pid || startOf(pid) < ownStart) return null;
    const held = heldBy(pid, byInode);
    if (held.length === 0) return null;
    const words = readIfPossible(`/proc/${pid}/cmdline`) ?? '';
    const environment = environmentOf(pid);
    if (isRightful({pid, environment, held}, rightful())) return null;
    const isExecuting = words === '' && environment === '';
    return {pid, isExecuting, command: commandOf(words), listeners: held.map(({name}) => name)};
  };
  const {found: holders, isWhole} = await searchProcesses(pids, look, {most: MOST, longestMs});
  return {holders, isWhole};
}

/** By the inode of the socket, which all duplicates share. */
function listenersByInode(listeners: Held): ReadonlyMap<string, Held[number]> {
  const found = new Map<string, Held[number]>();
  for (const listener of listeners) {
    try {
      found.set(`socket:[${fstatSync(listener.own).ino}]`, listener);
    } catch {
      // The listener is closed: ssd ends, or binds it anew.
    }
  }
  return found;
}

/** In clock ticks. @returns 0 for a process that is gone */
function startOf(pid: number): number {
  return Number(readStat(pid)?.startedAt ?? 0);
}

function heldBy(pid: number, byInode: ReadonlyMap<string, Held[number]>): Held {
  try {
    const held = new Set<Held[number]>();
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const listener = byInode.get(targetOf(pid, fd));
      if (listener) held.add(listener);
    }
    return [...held];
  } catch {
    // The process is gone or belongs to another user.
    return [];
  }
}

type Seen = {readonly pid: number; readonly environment: string; readonly held: Held};

/** Whether it is a worker, descends from one, or has the number of a living generation in its environment. */
function isRightful({pid, environment, held}: Seen, {generations, pids}: Rightful): boolean {
  const generation = /(?:^|\0)SERVER_STARTER_GENERATION=(\d+)\0/.exec(environment)?.[1];
  if (generation !== undefined && generations.has(Number(generation))) return true;
  // What was passed to ssd can have been passed to others too, and only a worker has a generation.
  if (generation === undefined && held.every(({passed}) => passed !== null)) return true;
  for (const ancestor of ancestry(pid)) if (pids.has(ancestor)) return true;
  return false;
}

function commandOf(words: string): string {
  const line = words.replace(/\0+$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a command line may contain any, and the log must not.
  return line.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, LONGEST_COMMAND);
}
