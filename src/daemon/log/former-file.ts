/**
 * Finds the processes that still write to a renamed log file: workers that had it as standard output or standard error
 * before ssd opened it again. Files are compared by the names that the kernel has for them, because a file system may not
 * answer.
 */
import {setImmediate as nextTurn} from 'node:timers/promises';
import {monotonicMs} from '../../shared/monotonic.js';
import {targetOf} from '../../shared/process-stat.js';

const STDOUT = 1;
const STDERR = 2;
const SLICE_MS = 2;
const LONGEST_MS = 300;
/** At most this many are returned. Nobody reads a longer list. */
const MOST = 256;
/** What logrotate and others add to the name of a file: `.1`, `-20261126`. The kernel adds ` (deleted)` for a removed file. */
const ROTATED = /^(?:[.-]\d| \(deleted\)$|\.(?:old|bak)$)/;

/** The present name of the file that ssd logs to, such as `/var/log/app.log.1` after it was renamed; '' if unknown. */
export function loggedTo(): string {
  return targetOf('self', STDERR);
}

/**
 * @param was the file before it was opened again, by its present name
 * @param is the file since then
 * @param pids the processes to look at
 * @returns those that write to `was`, or to a file of an earlier rotation
 */
export async function findFormerWriters(
  {was, is}: {readonly was: string; readonly is: string},
  pids: readonly number[],
): Promise<readonly number[]> {
  if (is === '') return [];
  const isRotated = (name: string) => name.startsWith(is) && ROTATED.test(name.slice(is.length));
  const isFormer = (name: string) => name !== '' && name !== is && (name === was || isRotated(name));
  const found: number[] = [];
  const startedAt = monotonicMs();
  let sliceAt = startedAt;
  for (const pid of pids) {
    if (monotonicMs() - sliceAt > SLICE_MS) {
      await nextTurn();
      sliceAt = monotonicMs();
    }
    if (found.length >= MOST || monotonicMs() - startedAt > LONGEST_MS) break;
    if (isFormer(targetOf(pid, STDOUT)) || isFormer(targetOf(pid, STDERR))) found.push(pid);
  }
  return found;
}
