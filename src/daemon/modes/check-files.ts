/** Whether the pid file and the log file could be taken at a start, without making or touching either. */
import {accessSync, closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {causeOf, type FailureOf, Refusal} from '../../shared/words/errors.js';
import {tryLock} from '../system/posix.js';

type What = FailureOf<'file-unusable'>['what'];

/**
 * @param running the pid of an instance that may hold it, or null
 * @throws {Refusal} `pid-file-locked`, `file-unusable`
 */
export function checkPidFile(path: string, running: number | null): void {
  const fd = openIfThere(path, constants.O_RDWR, 'pid file');
  if (fd === null) return;
  try {
    if (!fstatSync(fd).isFile()) throw unusable('pid file', path, new Error('it is not a regular file'));
    if (tryLock(fd)) return;
    const pid = readPid(fd);
    if (pid === null || pid !== running) throw new Refusal({code: 'pid-file-locked', path, pid});
  } finally {
    closeSync(fd);
  }
}

/** A command is not run. @throws {Refusal} `file-unusable` */
export function checkLogFile(target: string): void {
  if (/^\s*\|/.test(target)) return;
  const fd = openIfThere(resolve(target), constants.O_WRONLY | constants.O_APPEND, 'log file');
  if (fd !== null) closeSync(fd);
}

/** @returns null where there is no such file, and one could be made */
function openIfThere(path: string, flags: number, what: What): number | null {
  try {
    return openSync(path, flags | constants.O_NONBLOCK);
  } catch (error) {
    if (causeOf(error) !== 'ENOENT') throw unusable(what, path, error);
  }
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    throw unusable(what, path, error);
  }
}

function readPid(fd: number): number | null {
  const buffer = Buffer.alloc(32);
  const pid = /^\s*(\d{1,10})\s*$/.exec(buffer.toString('utf8', 0, readSync(fd, buffer, 0, 32, 0)))?.[1];
  return pid === undefined ? null : Number(pid);
}

function unusable(what: What, path: string, error: unknown): Refusal {
  return new Refusal({code: 'file-unusable', what, path, cause: causeOf(error)});
}
