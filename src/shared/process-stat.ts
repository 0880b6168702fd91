/** Reads the line that the kernel has about a process (proc(5), /proc/PID/stat). */
import {readWhole} from './read-whole.js';

export type ProcessStat = {
  /** One letter: `R`, `S`, `Z` for a zombie … */
  readonly state: string;
  readonly parent: number;
  /** The process group. */
  readonly group: number;
  /** How many threads there are. */
  readonly threads: number;
  /** The used processor time, in clock ticks. */
  readonly ticks: number;
  /** The time of its start, in clock ticks since the machine started. With the pid, it identifies the process. */
  readonly startedAt: string;
};

/** @returns null for a process that is gone */
export function readStat(pid: number): ProcessStat | null {
  try {
    const text = readWhole(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses can contain any character. The state and the other fields follow it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', ...numbers] = fields;
    const [parent = 0, group = 0] = numbers.map(Number);
    return {
      state,
      parent,
      group,
      threads: Number(fields[17]),
      ticks: Number(fields[11]) + Number(fields[12]),
      startedAt: fields[19] ?? '',
    };
  } catch {
    // ENOENT, ESRCH.
    return null;
  }
}

/**
 * Whether a process has ended. A zombie has, though only its parent can remove it. Linux only (proc(5)).
 *
 * @param startedAt tells the process from a later one with the same pid
 */
export function hasEnded(pid: number, startedAt?: string): boolean {
  const stat = readStat(pid);
  if (stat === null || isOver(stat)) return true;
  return startedAt !== undefined && stat.startedAt !== startedAt;
}

/** Of a process whose first thread has ended, others may go on: it looks like a zombie, and is none. */
export function isOver({state, threads}: ProcessStat): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1);
}

/** The name of a process (proc(5), /proc/PID/comm), or null if it is gone. */
export function nameOf(pid: number): string | null {
  try {
    return readWhole(`/proc/${pid}/comm`).trim();
  } catch {
    return null;
  }
}
