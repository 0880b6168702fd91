/**
 * What a child takes over from the process that starts it, and nothing else can set: the umask, and `oom_score_adj`, which
 * says how much rather the kernel takes a process when memory runs out (proc(5)). ssd has them for as long as posix_spawn
 * takes. A shell could set the umask, but drops variables whose names are not its own. `oom_score_adj` of a running worker
 * could be written, but not by an ssd that is neither root nor the worker's user, and not before the worker starts others.
 */
import {openSync, writeSync} from 'node:fs';
import {readWhole} from '../../../shared/read-whole.js';
import {closeQuietly} from '../../system/close-quietly.js';

/** The unit is a thousandth of the memory there is. */
const MAX_OOM_SCORE_ADJ = 1000;
/**
 * A worker that uses little counts as if it used a tenth of all memory more. That is enough to be taken before ssd, and too
 * little to be taken before a process that leaks.
 */
const DISTANCE = 100;
const PATH = '/proc/self/oom_score_adj';

export type Inherited = {readonly umask: number | null; readonly oomScoreAdj: number | null};

/** Performs `start` so that a child that it starts inherits. */
export type HandDown = <T>(start: () => T) => T;

/** @param oomScoreAdj null: a little above ssd's own. It is never lowered: that needs rights, and can leave ssd to be taken. */
export function createHandDown({umask, oomScoreAdj}: Inherited): HandDown {
  const own = readOomScoreAdj();
  const target = oomScoreAdj ?? (own === null ? null : Math.min(own + DISTANCE, MAX_OOM_SCORE_ADJ));
  const raised = target === null ? (start: () => unknown) => start() : createRaise(target);
  const masked = (start: () => unknown) => {
    if (umask === null) return start();
    const former = process.umask(umask);
    try {
      return start();
    } finally {
      process.umask(former);
    }
  };
  return <T>(start: () => T) => raised(() => masked(start)) as T;
}

function createRaise(target: number): HandDown {
  // What could not be put back, so that it is tried again.
  let owed: number | null = null;
  return start => {
    const own = owed ?? readOomScoreAdj();
    const isRaised = own !== null && own < target && writeOomScoreAdj(target);
    try {
      return start();
    } finally {
      if (isRaised) owed = writeOomScoreAdj(own) ? null : own;
    }
  };
}

/** That of this process; null where there is none to read. */
export function readOomScoreAdj(): number | null {
  try {
    const text = readWhole(PATH).trim();
    return /^-?\d+$/.test(text) ? Number(text) : null;
  } catch {
    // No /proc.
    return null;
  }
}

/** @returns whether it was written */
export function writeOomScoreAdj(value: number): boolean {
  let fd = -1;
  try {
    fd = openSync(PATH, 'r+');
    writeSync(fd, String(value));
    return true;
  } catch {
    // No /proc, or a kernel in which nobody may write it. Workers are as likely to be taken as ssd then.
    return false;
  } finally {
    if (fd !== -1) closeQuietly(fd);
  }
}
