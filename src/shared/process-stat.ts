/** Reads what the kernel shows of processes in /proc (proc(5)). */
import {readdirSync, readlinkSync} from 'node:fs';
import {readIfPossible, readStart, readWhole} from './read-whole.js';

const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;

export type ProcessStat = {
  /** One letter: `R`, `S`, `Z` for a zombie … */
  readonly state: string;
  readonly parent: number;
  /** The process group. */
  readonly group: number;
  /** Whether it is about to end: its descriptors are being closed (PF_EXITING in the kernel's sched.h). */
  readonly exiting: boolean;
  /** Whether it was forked and has executed no program since (PF_FORKNOEXEC). */
  readonly isForked: boolean;
  /** How many threads there are. */
  readonly threads: number;
  /** The used processor time, in clock ticks. */
  readonly ticks: number;
  /** The time of its start, in clock ticks since the machine started. With the pid, it identifies the process. */
  readonly startedAt: string;
};

/** Reads /proc/PID/stat. @returns null for a process that is gone */
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
      exiting: (Number(fields[6]) & PF_EXITING) !== 0,
      isForked: (Number(fields[6]) & PF_FORKNOEXEC) !== 0,
      threads: Number(fields[17]),
      ticks: Number(fields[11]) + Number(fields[12]),
      startedAt: fields[19] ?? '',
    };
  } catch {
    // ENOENT, ESRCH.
    return null;
  }
}

/** The state of a process alone, for half of what `readStat` costs. @returns null for a process that is gone */
export function stateOf(pid: number): ProcessStat['state'] | null {
  const text = readStart(`/proc/${pid}/stat`);
  return text === null ? null : text.charAt(text.lastIndexOf(')') + 2);
}

/**
 * A process and its ancestors, itself first, up to init, which is left out.
 *
 * @param most how many at most
 */
export function* ancestry(pid: number, most = Number.POSITIVE_INFINITY): Generator<number> {
  // A pid can be given anew on the way, so that the way leads in a circle.
  const seen = new Set<number>();
  for (let one = pid; one > 1 && seen.size < most && !seen.has(one); one = readStat(one)?.parent ?? 0) {
    yield one;
    seen.add(one);
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

/** A process whose first thread has ended looks like a zombie while other threads of it still run. */
export function isOver({state, threads}: ProcessStat): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1);
}

/** The name of a process (proc(5), /proc/PID/comm), or null if it is gone. */
export function nameOf(pid: number): string | null {
  return readIfPossible(`/proc/${pid}/comm`)?.trim() ?? null;
}

/** What a process was started with: `NAME=VALUE`, each followed by a NUL. '' if it is gone or belongs to another user. */
export function environmentOf(pid: number): string {
  return readIfPossible(`/proc/${pid}/environ`, 'latin1') ?? '';
}

/** The pids of all processes. Without /proc there are none. */
export function allProcesses(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    // No /proc.
    return [];
  }
}

/** The kernel's name for the file behind a descriptor, such as `socket:[8213]`. '' if it cannot be read. */
export function targetOf(pid: number | 'self', fd: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    // The process is gone or belongs to another user, or the descriptor is closed.
    return '';
  }
}
