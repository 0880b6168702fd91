/** How much memory one process takes (proc(5)). */
import {openSync, read} from 'node:fs';
import {closeQuietly} from '../../system/close-quietly.js';

/** Either file has about a thousand bytes; the second one also names each group of the user. */
const MOST_BYTES = 64 * 1024;

/**
 * The proportional set size: pages that several processes share count in parts, so that sums are right. The kernel walks
 * all pages of the process for it, which takes milliseconds for each GiB, so it is read on another thread.
 *
 * @returns bytes; null if the process is gone, or has changed its user so that ssd may not read its memory
 */
export function readShare(pid: number): Promise<number | null> {
  return kibibytesIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m);
}

/** The proportional set size, or where it cannot be had the resident set size, which everybody may read. */
export async function readMemory(pid: number): Promise<number | null> {
  return (await readShare(pid)) ?? kibibytesIn(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB/m);
}

/** Opening is a matter of microseconds. So only the read goes to another thread, where `readFile` would go four times. */
function kibibytesIn(path: string, pattern: RegExp): Promise<number | null> {
  const fd = openIfPossible(path);
  if (fd === null) return Promise.resolve(null);
  return new Promise(resolve => {
    read(fd, Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0, (error, length, bytes) => {
      closeQuietly(fd);
      const kibibytes = error ? undefined : pattern.exec(bytes.toString('latin1', 0, length))?.[1];
      resolve(kibibytes === undefined ? null : Number(kibibytes) * 1024);
    });
  });
}

function openIfPossible(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    // The process is gone, or its files are not for ssd.
    return null;
  }
}
