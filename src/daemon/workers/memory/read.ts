/** How much memory one process takes (proc(5)). */
import {readFile} from 'node:fs';

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

function kibibytesIn(path: string, pattern: RegExp): Promise<number | null> {
  return new Promise(resolve => {
    readFile(path, 'latin1', (error, text) => {
      const kibibytes = error ? undefined : pattern.exec(text)?.[1];
      resolve(kibibytes === undefined ? null : Number(kibibytes) * 1024);
    });
  });
}
