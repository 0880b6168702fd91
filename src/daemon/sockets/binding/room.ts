/** The limits of the system within which listeners are made: numbers for descriptors, and the length of a queue. */
import {readWhole} from '../../../shared/read-whole.js';
import {Refusal} from '../../../shared/words/errors.js';
import {closeQuietly} from '../../system/close-quietly.js';
import * as posix from '../../system/posix.js';

/** Moves a descriptor above every number that a worker gets. */
export function raise(fd: number, floor: number): number {
  try {
    return posix.duplicateAbove(fd, floor);
  } finally {
    closeQuietly(fd);
  }
}

/** The kernel's limit for backlogs, what SOMAXCONN means on the running system (listen(2)). */
export function systemBacklog(): number {
  try {
    return Number(readWhole('/proc/sys/net/core/somaxconn'));
  } catch {
    // There is no /proc. The kernel lowers a backlog that is too large.
    return 4096;
  }
}

/**
 * @returns the lowest number for ssd's own descriptors
 * @throws {Refusal} `descriptor-too-high`
 */
export function checkRoom(placed: readonly {readonly fd: number}[]): number {
  const highest = placed.reduce((most, {fd}) => Math.max(most, fd), 2);
  const limit = openFilesLimit();
  if (highest + placed.length >= limit) throw new Refusal({code: 'descriptor-too-high', fd: highest, limit});
  return highest + 1;
}

/** The soft limit of open files (RLIMIT_NOFILE); infinite without /proc. */
export function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readWhole('/proc/self/limits'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    // There is no /proc. The duplication will fail with EMFILE or EINVAL.
    return Number.POSITIVE_INFINITY;
  }
}
