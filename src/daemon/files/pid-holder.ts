/**
 * The process that holds a pid file: it has the lock, and its pid is in the file. A pid descriptor signals it and tells it
 * from a later process with the same pid. Where there are no pid descriptors, the time of its start does so.
 */
import {closeSync, constants, readdirSync} from 'node:fs';
import {constants as os} from 'node:os';
import {isOver, readStat} from '../../shared/process-stat.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {openInPlace} from '../system/place.js';
import * as posix from '../system/posix.js';
import {openPid, signalPid} from '../system/posix-process.js';
import {isHeldByStranger} from './lock-holder.js';
import {isAt, readPid} from './pid-file.js';

/** The process that holds a pid file. */
export type Holder = {
  readonly pid: number;
  /** Tells it from a later process with the same pid. */
  readonly startedAt: string;
  /** A pid descriptor, which never stands for another process; null if pidfd_open(2) is denied or unknown. */
  readonly fd: number | null;
};

/**
 * Finds the process that holds the pid file now. A pid that has been given to another process is never returned: that
 * process does not have the locked file open.
 *
 * @returns null when nobody holds it; the caller releases the holder
 * @throws {Refusal} `pid-file-unreadable`, `holder-unknown`, `holder-elsewhere`
 */
export function findHolder(path: string): Holder | null {
  const fd = openToRead(path);
  if (fd === null) return null;
  try {
    if (posix.tryLock(fd) || isHeldByStranger(fd)) return null;
    const pid = readPid(fd);
    if (pid === null)
      throw new Refusal({code: 'pid-file-unreadable', path, cause: 'it does not contain a pid'});
    return identify(path, fd, pid);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal({code: 'pid-file-unreadable', path, cause: causeOf(error)});
  } finally {
    closeSync(fd);
  }
}

/** Closes the pid descriptor of a holder. */
export function releaseHolder({fd}: Holder): void {
  if (fd !== null) closeSync(fd);
}

/** Whether a process that was found before still holds the pid file. */
export function isHeldBy(path: string, holder: Holder): boolean {
  const found = findHolder(path);
  if (found) releaseHolder(found);
  return found?.pid === holder.pid && found.startedAt === holder.startedAt;
}

/**
 * Signals the process that holds the pid file. Without pid descriptors, this checks again right before the signal that
 * the process still holds it.
 *
 * @throws the errno of the signal; `ESRCH` if the process no longer holds the file
 */
export function signalHolder(path: string, holder: Holder, signal: number): void {
  const {fd, pid} = holder;
  if (fd !== null) {
    try {
      signalPid(fd, signal);
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  if (!isHeldBy(path, holder)) throw posix.systemError('kill', os.errno.ESRCH);
  process.kill(pid, signal);
}

function identify(path: string, fd: number, pid: number): Holder | null {
  let pidFd: number | null = null;
  let isHolder = false;
  try {
    pidFd = openPidIfAvailable(pid);
    const stat = readStat(pid);
    // This look comes after both, so all three concern the same process.
    isHolder = stat !== null && hasOpen(pid, fd) && !posix.tryLock(fd);
    if (isHolder) return {pid, startedAt: stat?.startedAt ?? '', fd: pidFd};
    // It is closing its files at this moment, the lock among them.
    return stat && (stat.exiting || isOver(stat)) ? null : nobody(path, fd, pid);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (causeOf(error) === 'ESRCH') return nobody(path, fd, pid);
    const {syscall: call = 'stat'} = error as NodeJS.ErrnoException;
    throw new Refusal({code: 'holder-unknown', path, pid, call, cause: causeOf(error)});
  } finally {
    if (pidFd !== null && !isHolder) closeSync(pidFd);
  }
}

/** The process with this pid does not hold the file. @throws {Refusal} if another one does */
function nobody(path: string, fd: number, pid: number): null {
  if (posix.tryLock(fd)) return null;
  throw new Refusal({code: 'holder-elsewhere', path, pid});
}

function openPidIfAvailable(pid: number): number | null {
  try {
    return openPid(pid);
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  }
}

/** Linux before 5.3, gVisor, or a filter of system calls that denies pid descriptors. */
function isUnavailable(error: unknown): boolean {
  return ['ENOSYS', 'EPERM', 'EACCES', 'EINVAL'].includes(causeOf(error));
}

function openToRead(path: string): number | null {
  try {
    return openInPlace(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (causeOf(error) === 'ENOENT') return null;
    throw new Refusal({code: 'pid-file-unreadable', path, cause: causeOf(error)});
  }
}

/** Whether a process has the file behind our descriptor open. */
function hasOpen(pid: number, fd: number): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some(entry => isAt(`${directory}/${entry}`, fd));
}
