/**
 * Who holds a listener though its generation is gone: a server that its wrapper did not wait for, a helper that
 * inherited the descriptor. Such a process goes on answering a share of the clients. The kernel tells it only by
 * /proc/PID/fd, so all processes are looked through: in slices, so that the loop goes on, and not for longer than
 * `LONGEST_MS`. Processes of other users cannot be seen, except by root.
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
  /** In the midst of execve(2): who it is cannot be told yet. */
  readonly isExecuting: boolean;
  /** Its command line, or as much of it as fits. */
  readonly command: string;
  /** The names of the listeners. */
  readonly listeners: readonly string[];
};

/** Who may hold a listener: the generations that live, and the workers of these. */
export type Rightful = {readonly generations: ReadonlySet<number>; readonly pids: ReadonlySet<number>};

type Held = readonly Pick<Listener, 'own' | 'name'>[];

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
  const names = namesByInode(listeners);
  const holders: Holder[] = [];
  const startedAt = monotonicMs();
  let sliceAt = startedAt;
  // The newest first: what an old generation has left is younger than most.
  const pids = [...(among ?? allProcesses())].sort((a, b) => b - a);
  for (const pid of pids) {
    if (monotonicMs() - sliceAt > SLICE_MS) {
      await nextTurn();
      sliceAt = monotonicMs();
    }
    if (holders.length >= MOST || monotonicMs() - startedAt > LONGEST_MS) break;
    const held = pid === process.pid ? [] : heldBy(pid, names);
    if (held.length === 0) continue;
    const words = read(`/proc/${pid}/cmdline`);
    const environment = read(`/proc/${pid}/environ`);
    if (isRightful(pid, environment, rightful())) continue;
    const isExecuting = words === '' && environment === '';
    holders.push({pid, isExecuting, command: commandOf(words), listeners: held});
  }
  return holders;
}

/** By the number that the kernel gave to the socket, which all duplicates share. */
function namesByInode(listeners: Held): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const {own, name} of listeners) {
    try {
      names.set(`socket:[${fstatSync(own).ino}]`, name);
    } catch {
      // It is closed: ssd is at its end, or makes it anew.
    }
  }
  return names;
}

function heldBy(pid: number, names: ReadonlyMap<string, string>): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    const held = new Set<string>();
    for (const fd of readdirSync(directory)) {
      const name = names.get(targetOf(`${directory}/${fd}`));
      if (name !== undefined) held.add(name);
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a command line can have any, and the log has none.
  return line.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, LONGEST_COMMAND);
}

function read(path: string): string {
  try {
    return readWhole(path);
  } catch {
    // It is gone, or that of another user.
    return '';
  }
}
