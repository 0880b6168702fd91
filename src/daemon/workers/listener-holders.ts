/**
 * Finds the processes that hold a listener although their generation is gone: a server whose wrapper did not wait for it,
 * a helper that inherited the descriptor. Such a process still answers a share of the clients. Only /proc/PID/fd shows it,
 * so all processes that started after ssd are searched: in slices, so that the event loop runs, and for `LONGEST_MS` at
 * most. Processes of other users cannot be seen, except by root.
 */
import {fstatSync, readdirSync} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {monotonicMs} from '../../shared/monotonic.js';
import {allProcesses, readStat, targetOf} from '../../shared/process-stat.js';
import {readWhole} from '../../shared/read-whole.js';
import type {Listener} from '../sockets/listeners.js';

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

type Held = readonly Pick<Listener, 'own' | 'name'>[];

const SLICE_MS = 2;
const LONGEST_MS = 300;
/** More than anybody would end by hand. */
const MOST = 16;
const LONGEST_COMMAND = 80;

/** @param among the processes to look at; null: all */
export async function findHolders(
  listeners: Held,
  rightful: () => Rightful,
  among: readonly number[] | null = null,
): Promise<readonly Holder[]> {
  const names = namesByInode(listeners);
  const holders: Holder[] = [];
  const startedAt = monotonicMs();
  let sliceAt = startedAt;
  const ownStart = startOf(process.pid);
  // The newest first: a process that a generation left behind is younger than most.
  const pids = [...(among ?? allProcesses())].sort((a, b) => b - a);
  for (const pid of pids) {
    if (monotonicMs() - sliceAt > SLICE_MS) {
      await nextTurn();
      sliceAt = monotonicMs();
    }
    if (holders.length >= MOST || monotonicMs() - startedAt > LONGEST_MS) break;
    // A holder has inherited from a worker of ours. Who passed a listener to ssd has it rightfully.
    if (pid === process.pid || startOf(pid) < ownStart) continue;
    const held = heldBy(pid, names);
    if (held.length === 0) continue;
    const words = read(`/proc/${pid}/cmdline`);
    const environment = read(`/proc/${pid}/environ`);
    if (isRightful(pid, environment, rightful())) continue;
    const isExecuting = words === '' && environment === '';
    holders.push({pid, isExecuting, command: commandOf(words), listeners: held});
  }
  return holders;
}

/** The names by the inode of the socket, which all duplicates share. */
function namesByInode(listeners: Held): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const {own, name} of listeners) {
    try {
      names.set(`socket:[${fstatSync(own).ino}]`, name);
    } catch {
      // The listener is closed: ssd ends, or binds it anew.
    }
  }
  return names;
}

/** In clock ticks. @returns 0 for a process that is gone */
function startOf(pid: number): number {
  return Number(readStat(pid)?.startedAt ?? 0);
}

function heldBy(pid: number, names: ReadonlyMap<string, string>): readonly string[] {
  try {
    const held = new Set<string>();
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const name = names.get(targetOf(pid, fd));
      if (name !== undefined) held.add(name);
    }
    return [...held];
  } catch {
    // The process is gone or belongs to another user.
    return [];
  }
}

/** Whether it is a worker, descends from one, or has the number of a living generation in its environment. */
function isRightful(pid: number, environment: string, {generations, pids}: Rightful): boolean {
  const generation = /(?:^|\0)SERVER_STARTER_GENERATION=(\d+)\0/.exec(environment)?.[1];
  if (generation !== undefined && generations.has(Number(generation))) return true;
  const seen = new Set<number>();
  for (let one = pid; one > 1 && !seen.has(one); one = readStat(one)?.parent ?? 0) {
    if (pids.has(one)) return true;
    seen.add(one);
  }
  return false;
}

function commandOf(words: string): string {
  const line = words.replace(/\0+$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a command line may contain any, and the log must not.
  return line.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, LONGEST_COMMAND);
}

function read(path: string): string {
  try {
    return readWhole(path);
  } catch {
    // The process is gone or belongs to another user.
    return '';
  }
}
