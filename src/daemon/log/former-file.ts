/**
 * Who still writes to a log file that was renamed: workers that had it as standard output or standard error before ssd
 * opened it again. Files are told apart by the names that the kernel has for them, so that no file system is asked,
 * which may not answer.
 */
import {readlinkSync} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {monotonicMs} from '../../shared/monotonic.js';

const STDOUT = 1;
const STDERR = 2;
const SLICE_MS = 2;
const LONGEST_MS = 300;
/** A line with more of them is not read. */
const MOST = 256;
/** What logrotate and others add to the name of a file: `.1`, `-20261126`. A removed file has a name of the kernel's. */
const ROTATED = /^(?:[.-]\d| \(deleted\)$|\.(?:old|bak)$)/;

/** The present name of the file that ssd logs to, such as `/var/log/app.log.1` after it was renamed; '' if unknown. */
export function loggedTo(): string {
  return targetOf('self', STDERR);
}

/**
 * @param was the file before it was opened again, by its present name
 * @param is the file since then
 * @param pids whom to look at
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

function targetOf(pid: number | 'self', fd: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    // It is gone, or that of another user; or the descriptor is closed.
    return '';
  }
}
