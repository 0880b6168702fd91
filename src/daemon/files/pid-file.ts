/**
 * The pid file. The process that holds its lock (flock(2)) is the running ssd; the number in the file is only a hint.
 *
 * The lock is taken before the file is changed, so a second start cannot harm the first. start_server takes the same
 * lock, so the two exclude each other. The descriptor is close-on-exec: a worker that outlives ssd does not keep the
 * lock. Anybody who can read the file can lock it, so a stranger's lock does not count (`lock-holder.ts`).
 */
import {randomBytes} from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {constants as os} from 'node:os';
import {readStat} from '../../shared/process-stat.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {inPlace, openInPlace} from '../system/place.js';
import * as posix from '../system/posix.js';
import {openPid, signalPid} from '../system/posix-process.js';
import {isHeldByStranger} from './lock-holder.js';
import {removeOwnPath} from './own-path.js';
import {openIfThere, unusable} from './usable-file.js';

/** The process that holds a pid file. */
export type Holder = {
  readonly pid: number;
  /** Tells it from a later process with the same pid. */
  readonly startedAt: string;
  /** A pid descriptor, which never stands for another process; null if pidfd_open(2) is denied or unknown. */
  readonly fd: number | null;
};

export type PidFile = {
  /** Whether the path still leads to it. */
  readonly isThere: () => boolean;
  /** Takes it again if it was removed. @throws as {@link takePidFile}; the former lock is held then */
  readonly takeAgain: () => void;
  /** Removes the file if it is still ours, then releases the lock. */
  readonly release: () => void;
};

/**
 * Takes the pid file for this process.
 *
 * @throws {Refusal} `pid-file-locked` with the pid of the holder, `file-unusable`
 */
export function takePidFile(path: string): PidFile {
  let fd = take(path, 0);
  return {
    isThere: () => isThere(path, fd),
    takeAgain: () => {
      const former = fd;
      // O_EXCL: what somebody else has put there is left alone.
      fd = take(path, constants.O_EXCL);
      closeSync(former);
    },
    release: () => release(path, fd),
  };
}

function take(path: string, flags: number): number {
  const fd = openAndLock(path, flags);
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    // The disk is full. An empty pid file would say less than none.
    release(path, fd);
    throw unusable('pid file', path, error);
  }
  return fd;
}

function release(path: string, fd: number): void {
  removeOwnPath(path, fstatSync(fd, {bigint: true}), inPlace);
  closeSync(fd);
}

function isThere(path: string, fd: number): boolean {
  try {
    return inPlace(path, at => isAt(at, fd));
  } catch {
    // Its directory is gone, or a link of somebody else is in the way.
    return false;
  }
}

/**
 * Checks that the pid file could be taken now. The file is neither created nor changed.
 *
 * @param running the pid of an instance that may hold it, or null
 * @throws {Refusal} as {@link takePidFile}
 */
export function checkPidFile(path: string, running: number | null): void {
  const fd = openIfThere(path, constants.O_RDWR, 'pid file');
  if (fd === null) return;
  try {
    if (!fstatSync(fd).isFile()) throw unusable('pid file', path, new Error('it is not a regular file'));
    if (posix.tryLock(fd) || isHeldByStranger(fd)) return;
    const pid = readPid(fd);
    if (pid === null || pid !== running) throw new Refusal({code: 'pid-file-locked', path, pid});
  } finally {
    closeSync(fd);
  }
}

/**
 * Finds the process that holds the pid file now. A pid that has been given to another process is never returned: that
 * process does not have the locked file open.
 *
 * @returns null when nobody holds it; the caller releases the holder
 * @throws {Refusal} `pid-file-unreadable`, `holder-unknown`
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
    const startedAt = readStat(pid)?.startedAt;
    // This look comes after both, so all three concern the same process.
    isHolder = startedAt !== undefined && hasOpen(pid, fd) && !posix.tryLock(fd);
    return isHolder ? {pid, startedAt: startedAt ?? '', fd: pidFd} : null;
  } catch (error) {
    if (causeOf(error) === 'ESRCH') return null;
    const {syscall: call = 'stat'} = error as NodeJS.ErrnoException;
    throw new Refusal({code: 'holder-unknown', path, pid, call, cause: causeOf(error)});
  } finally {
    if (pidFd !== null && !isHolder) closeSync(pidFd);
  }
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

function openAndLock(path: string, flags: number): number {
  for (;;) {
    let fd = -1;
    try {
      fd = openInPlace(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | flags, 0o644);
      if (!fstatSync(fd).isFile()) throw new Error('it is not a regular file');
      if (!posix.tryLock(fd)) {
        if (!isHeldByStranger(fd)) throw new Refusal({code: 'pid-file-locked', path, pid: readPid(fd)});
        closeSync(fd);
        fd = -1;
        return replaceWithLocked(path);
      }
      // If the former holder removed the file between open and lock, this lock protects nothing.
      if (inPlace(path, at => isAt(at, fd))) return fd;
      closeSync(fd);
    } catch (error) {
      if (fd !== -1) closeSync(fd);
      throw error instanceof Refusal ? error : unusable('pid file', path, error);
    }
  }
}

/** Replaces a file that a stranger has locked. The new file is locked before anybody can open it. */
function replaceWithLocked(path: string): number {
  return inPlace(path, at => {
    const temporary = `${at}.${randomBytes(8).toString('hex')}`;
    const fd = openSync(temporary, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o644);
    try {
      if (!posix.tryLock(fd)) throw new Error('another process has locked it');
      renameSync(temporary, at);
      return fd;
    } catch (error) {
      unlinkSync(temporary);
      closeSync(fd);
      throw error;
    }
  });
}

function openToRead(path: string): number | null {
  try {
    return openInPlace(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (causeOf(error) === 'ENOENT') return null;
    throw new Refusal({code: 'pid-file-unreadable', path, cause: causeOf(error)});
  }
}

function readPid(fd: number): number | null {
  const buffer = Buffer.alloc(32);
  const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
  const pid = /^\s*(\d{1,10})\s*$/.exec(text)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** Whether a process has the file behind our descriptor open. */
function hasOpen(pid: number, fd: number): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some(entry => isAt(`${directory}/${entry}`, fd));
}

/** Whether a path leads to the file behind our descriptor. */
function isAt(path: string, fd: number): boolean {
  const own = fstatSync(fd, {bigint: true});
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  return found?.dev === own.dev && found.ino === own.ino;
}
