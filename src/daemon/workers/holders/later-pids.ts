/**
 * Tells without a look at a process that it is older than ssd. The kernel gives pids in a circle, and counts the processes
 * and threads that it has made (proc(5), /proc/stat, `processes`). So only a pid within that many steps from ours can have
 * been given since. In a container the count is that of the whole machine, and so only too high.
 */
import {readIfPossible} from '../../../shared/read-whole.js';

/** Whether a process with this pid may be younger than ssd. */
export type MayBeLater = (pid: number) => boolean;

/** More than a machine starts between the start of ssd and the first count. */
const MOST_PER_MS = 20;
const AT_LEAST = 1000;

/** Counts from now on. Call it early. @returns counts again, and makes the test for that moment */
export function watchPids(own = process.pid, uptimeMs = process.uptime() * 1000): () => MayBeLater {
  const before = countMade();
  const spare = AT_LEAST + MOST_PER_MS * uptimeMs;
  return () => {
    const [most, made] = [largestPid(), countMade()];
    const steps = made - before + spare;
    // Not a number, without /proc: every process may be.
    return pid => !((pid - own + most) % most > steps);
  };
}

function countMade(): number {
  return Number(/^processes (\d+)$/m.exec(readIfPossible('/proc/stat', 'latin1') ?? '')?.[1]);
}

function largestPid(): number {
  return Number(readIfPossible('/proc/sys/kernel/pid_max')?.trim() || Number.NaN);
}
