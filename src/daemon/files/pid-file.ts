/**
 * The pid file. The process that holds its lock (flock(2)) is the running ssd; the number in the file is only a hint.
 *
 * The lock is taken before the file is changed, so a second start cannot harm the first. start_server takes the same
 * lock, so the two exclude each other. The descriptor is close-on-exec: a worker that outlives ssd does not keep the
 * lock. Anybody who can read the file can lock it, so a stranger's lock does not count (`lock-holder.ts`).
 */
import {
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import type {HandedOver} from '../handover/handed-over.js';
import {closeQuietly} from '../system/close-quietly.js';
import {inPlace, openInPlace} from '../system/place.js';
import * as posix from '../system/posix.js';
import {isHeldByStranger} from './lock-holder.js';
import {removeOwnPath} from './own-path.js';
import {unguessableName} from './unguessable-name.js';
import {openIfThere, unusable} from './usable-file.js';

/** A contract: later versions of ssd read it. */
export type PidFileState = {readonly fd: number};

export type PidFile = {
  /** Whether the path still leads to it. */
  readonly isThere: () => boolean;
  /** Takes the file again after it was removed. @throws as {@link takePidFile}; the former lock is still held then */
  readonly takeAgain: () => void;
  /** Removes the file if it is still ours, then releases the lock. */
  readonly release: () => void;
  readonly handOver: () => HandedOver<PidFileState>;
};

/**
 * Takes the pid file for this process.
 *
 * @param revived the lock that the former image of this process held; null: there was none
 * @throws {Refusal} `pid-file-locked` with the pid of the holder, `file-unusable`
 */
export function takePidFile(path: string, revived: PidFileState | null = null): PidFile {
  let fd = revived?.fd ?? take(path, 0);
  return {
    isThere: () => isThere(path, fd),
    takeAgain: () => {
      const former = fd;
      // O_EXCL: what somebody else has put there is left alone.
      fd = take(path, constants.O_EXCL);
      closeQuietly(former);
    },
    release: () => release(path, fd),
    handOver: () => ({state: {fd}, fds: [fd]}),
  };
}

function take(path: string, flags: number): number {
  const fd = openAndLock(path, flags);
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    // The disk is full. No pid file is better than an empty one.
    try {
      release(path, fd);
    } catch {
      // The reason why it cannot be written matters more.
    }
    throw unusable('pid file', path, error);
  }
  return fd;
}

function release(path: string, fd: number): void {
  try {
    removeOwnPath(path, fstatSync(fd, {bigint: true}), inPlace);
  } finally {
    closeQuietly(fd);
  }
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
    closeQuietly(fd);
  }
}

function openAndLock(path: string, flags: number): number {
  for (;;) {
    let fd = -1;
    let made = false;
    try {
      [fd, made] = openOrMake(path, flags);
      if (!fstatSync(fd).isFile()) throw new Error('it is not a regular file');
      if (!posix.tryLock(fd)) {
        if (!isHeldByStranger(fd)) throw new Refusal({code: 'pid-file-locked', path, pid: readPid(fd)});
        closeQuietly(fd);
        fd = -1;
        return replaceWithLocked(path);
      }
      // If the former holder removed the file between open and lock, this lock protects nothing.
      if (inPlace(path, at => isAt(at, fd))) return fd;
      closeQuietly(fd);
    } catch (error) {
      if (error instanceof Refusal) {
        closeQuietly(fd);
        throw error;
      }
      // No pid file is better than an empty one.
      if (made) removeIfThere(path);
      if (fd !== -1) closeQuietly(fd);
      throw unusable('pid file', path, error);
    }
  }
}

/** @returns the descriptor, and whether the file was not there before */
function openOrMake(path: string, more: number): [fd: number, made: boolean] {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | more;
  try {
    return [openInPlace(path, flags | constants.O_EXCL, 0o644), true];
  } catch (error) {
    if (causeOf(error) !== 'EEXIST') throw error;
    return [openInPlace(path, flags, 0o644), false];
  }
}

function removeIfThere(path: string): void {
  try {
    inPlace(path, at => unlinkSync(at));
  } catch {
    // There is nothing to remove, or no right to.
  }
}

/** Replaces a file that a stranger has locked. The new file is locked before anybody can open it. */
function replaceWithLocked(path: string): number {
  return inPlace(path, at => {
    const temporary = `${at}.${unguessableName()}`;
    const fd = openSync(temporary, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o644);
    try {
      if (!posix.tryLock(fd)) throw new Error('another process has locked it');
      renameSync(temporary, at);
      return fd;
    } catch (error) {
      unlinkSync(temporary);
      closeQuietly(fd);
      throw error;
    }
  });
}

/** The number in the file, or null if there is none. */
export function readPid(fd: number): number | null {
  const buffer = Buffer.alloc(32);
  const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
  const pid = /^\s*(\d{1,10})\s*$/.exec(text)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** Whether a path leads to the file behind our descriptor. */
export function isAt(path: string, fd: number): boolean {
  const own = fstatSync(fd, {bigint: true});
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  return found?.dev === own.dev && found.ino === own.ino;
}
