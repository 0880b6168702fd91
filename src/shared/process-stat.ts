/** What the kernel says of a process in one line (proc(5), /proc/PID/stat). */
import {readFileSync} from 'node:fs';

export type ProcessStat = {
  /** One letter: `R`, `S`, `Z` for a zombie … */
  readonly state: string;
  readonly parent: number;
  /** Processor time that was used, in clock ticks. */
  readonly ticks: number;
};

/** @returns null for a process that is gone */
export function readStat(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may have anything in it; the fields from the state on follow.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent] = fields;
    return {state, parent: Number(parent), ticks: Number(fields[11]) + Number(fields[12])};
  } catch {
    // ENOENT, ESRCH.
    return null;
  }
}

/** Whether a process has ended; a zombie, which only its parent can remove, has. Linux only (proc(5)). */
export function hasEnded(pid: number): boolean {
  const stat = readStat(pid);
  return stat === null || stat.state === 'Z' || stat.state === 'X';
}
