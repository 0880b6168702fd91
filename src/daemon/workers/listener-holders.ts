/**
 * Who holds a listener though its generation is gone: a server that its wrapper did not wait for, a helper that
 * inherited the descriptor. Such a process goes on answering a share of the clients. The kernel tells it only by
 * /proc/PID/fd, so all processes that started after ssd are looked through: in slices, so that the loop goes on, and not for
 * longer than `LONGEST_MS`. Processes of other users cannot be seen, except by root.
 */
import {fstatSync, readdirSync, readlinkSync} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {monotonicMs} from '../../shared/monotonic.js';
import {readStat} from '../../shared/process-stat.js';
import {readWhole} from '../../shared/read-whole.js';
import type {Listener} from '../sockets/listeners.js';
import {allProcesses} from './process-group.js';

export type Holder = {
  readonly pid: number;
  /** Its command line, or as much of it as fits. */
  readonly command: string;
  /** The names of the listeners. */
  readonly listeners: readonly string[];
};

/** Who may hold a listener: the generations that live, and the workers of these. */
export type Rightful = {readonly generations: ReadonlySet<number>; readonly pids: ReadonlySet<number>};

type Held = readonly Pick<Listener, 'own' | 'name' | 'passed'>[];

const SLICE_MS = 2;
const LONGEST_MS = 300;
/** More than anybody ends by hand. */
const MOST = 16;
const LONGEST_COMMAND = 80;

/** @param among the processes to look at; null: all */
export async function findHolders(
  listeners: Held,
  rightful: () => Rightful,
  among: readonly number[] | null = null,
): Promise<readonly Holder[]> {
  const byInode = listenersByInode(listeners);
  const holders: Holder[] = [];
  const startedAt = monotonicMs();
  let sliceAt = startedAt;
  const ownStart = startOf(process.pid);
  // The newest first: what an old generation has left is younger than most.
  const pids = [...(among ?? allProcesses())].sort((a, b) => b - a);
  for (const pid of pids) {
    if (monotonicMs() - sliceAt > SLICE_MS) {
      await nextTurn();
      sliceAt = monotonicMs();
    }
    if (holders.length >= MOST || monotonicMs() - startedAt > LONGEST_MS) break;
    // A holder has inherited from a worker of ours. Who passed a listener to ssd has it rightfully.
    if (pid === process.pid || startOf(pid) < ownStart) continue;
    const held = heldBy(pid, byInode);
    if (held.length === 0 || isRightful(pid, rightful(), held)) continue;
    holders.push({pid, command: commandOf(pid), listeners: held.map(({name}) => name)});
  }
  return holders;
}

/** By the number that the kernel gave to the socket, which all duplicates share. */
function listenersByInode(listeners: Held): ReadonlyMap<string, Held[number]> {
  const found = new Map<string, Held[number]>();
  for (const listener of listeners) {
    try {
      found.set(`socket:[${fstatSync(listener.own).ino}]`, listener);
    } catch {
      // It is closed: ssd is at its end, or makes it anew.
    }
  }
  return found;
}

/** In clock ticks. @returns 0 for a process that is gone */
function startOf(pid: number): number {
  return Number(readStat(pid)?.startedAt ?? 0);
}

function heldBy(pid: number, byInode: ReadonlyMap<string, Held[number]>): Held {
  const directory = `/proc/${pid}/fd`;
  try {
    const held = new Set<Held[number]>();
    for (const fd of readdirSync(directory)) {
      const listener = byInode.get(targetOf(`${directory}/${fd}`));
      if (listener) held.add(listener);
    }
    return [...held];
  } catch {
    // It is gone, or that of another user.
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // Closed meanwhile.
    return '';
  }
}

/** A worker, what descends from one, and what says itself that it belongs to a generation that lives. */
function isRightful(pid: number, {generations, pids}: Rightful, held: Held): boolean {
  const generation = /(?:^|\0)SERVER_STARTER_GENERATION=(\d+)\0/.exec(read(`/proc/${pid}/environ`))?.[1];
  if (generation !== undefined && generations.has(Number(generation))) return true;
  // What was passed to ssd can have been passed to others too, and only a worker has a generation.
  if (generation === undefined && held.every(({passed}) => passed !== null)) return true;
  const seen = new Set<number>();
  for (let one = pid; one > 1 && !seen.has(one); one = readStat(one)?.parent ?? 0) {
    if (pids.has(one)) return true;
    seen.add(one);
  }
  return false;
}

function commandOf(pid: number): string {
  const words = read(`/proc/${pid}/cmdline`).replace(/\0+$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a command line can have any, and the log has none.
  return words.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, LONGEST_COMMAND);
}

function read(path: string): string {
  try {
    return readWhole(path);
  } catch {
    // It is gone, or that of another user.
    return '';
  }
}
