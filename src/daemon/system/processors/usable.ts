/**
 * How many processors ssd and its workers may use at the same time (`--workers=auto`). A pure function over what the kernel
 * shows in files, so that every machine can be tried on one.
 *
 * Node's own count is not used where the kernel tells: libuv heeds the quota only since 1.49, and then rounds it down.
 */
import {type ReadText, smallestQuota} from './cpu-quota.js';

/**
 * The processors that this process may run on (sched_setaffinity(2)), or as many as its quota of processor time is worth, if
 * that is less. A quota of 1.5 processors counts as 2: one worker with one thread would leave a third of it unused. At least 1.
 *
 * @param read the text of a file, or null if it cannot be read
 * @param known how many processors there are, where the kernel does not tell
 */
export function usableProcessors(read: ReadText, known: number): number {
  const allowed = allowedIn(read('/proc/self/status') ?? '') ?? known;
  return Math.max(1, Math.min(allowed, Math.ceil(smallestQuota(read))));
}

/** Counts the bits of `Cpus_allowed` (proc(5)): hexadecimal digits, with a comma after every eight. */
function allowedIn(status: string): number | null {
  const mask = /^Cpus_allowed:\s*([0-9a-f,]+)$/m.exec(status)?.[1];
  if (mask === undefined) return null;
  const bits = [...mask.replaceAll(',', '')].map(digit => BITS[Number.parseInt(digit, 16)] ?? 0);
  return bits.reduce((sum, count) => sum + count, 0);
}

/** How many bits are set in each hexadecimal digit. */
const BITS = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];
