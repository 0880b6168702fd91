/**
 * Unix sockets on a path. ssd never takes over a socket on which somebody listens, never removes a file that is not a
 * socket, and at the end removes only what is still its own.
 */
import {closeSync, constants, lstatSync, openSync, unlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {hasEnded} from '../../shared/process-stat.js';
import {causeOf} from '../../shared/words/errors.js';
import {type Identity, identityOf} from '../files/own-path.js';
import * as posix from '../system/posix.js';

export type BoundPath = {readonly fd: number; readonly path: string; readonly identity: Identity};

/** Why a path could not be taken: somebody listens there, it is not a socket, or a system call failed. */
export type PathProblem =
  | {readonly problem: 'in-use'; readonly pid: number | null}
  | {readonly problem: 'not-a-socket'}
  | {readonly problem: 'failed'; readonly cause: string};

const LOCK_TRIES = 100;
const LOCK_PAUSE_MS = 10;

/**
 * Binds `path` and listens on it. A socket there whose process is gone is removed first.
 *
 * @param umask the umask while the socket is made: 0 gives mode 0777, 0o177 gives 0600
 */
export function bindUnixSocket(path: string, umask: number, backlog: number): BoundPath | PathProblem {
  const unlock = lockDirectory(dirname(path));
  const address = posix.unixAddress(path);
  let fd = -1;
  try {
    const obstacle = clearStale(path, address);
    if (obstacle) return obstacle;
    fd = posix.socket(posix.AF_UNIX, posix.SOCK_STREAM);
    const former = process.umask(umask);
    try {
      posix.bind(fd, address);
    } finally {
      process.umask(former);
    }
    posix.listen(fd, backlog);
    return {fd, path, identity: identityOf(path)};
  } catch (error) {
    if (fd !== -1) closeSync(fd);
    return {problem: 'failed', cause: causeOf(error)};
  } finally {
    unlock();
  }
}

type Answer = ReturnType<typeof posix.probeUnix>;

/** The process that listens on `path`, or the errno name of why there is none. */
export function listenerAt(path: string): Answer {
  return probe(posix.unixAddress(path));
}

function clearStale(path: string, address: Buffer): PathProblem | null {
  const found = lstatSync(path, {throwIfNoEntry: false});
  if (!found) return null;
  if (!found.isSocket()) return {problem: 'not-a-socket'};
  const answer = probe(address);
  if ('pid' in answer) return {problem: 'in-use', pid: answer.pid};
  // ECONNREFUSED: nobody listens, and the owner is gone. Every other answer (a full queue, another socket type, no
  // right to connect) means that somebody is there.
  if (answer.code !== 'ECONNREFUSED') return {problem: 'in-use', pid: null};
  unlinkSync(path);
  return null;
}

/** If ssd was killed while its workers go on, the kernel still reports the pid of the ssd that called listen. */
function probe(address: Buffer): Answer {
  const answer = posix.probeUnix(address);
  return 'pid' in answer && answer.pid !== null && hasEnded(answer.pid) ? {pid: null} : answer;
}

/**
 * Two programs that start at the same time could both find the same stale socket, and the second would then remove the
 * new socket of the first. A lock on the directory makes them take turns. The wait ends after a second, because anyone
 * who can read the directory can hold that lock; ssd then continues without it.
 */
function lockDirectory(directory: string): () => void {
  let fd: number;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // The directory is missing or cannot be read. bind will report it, or it needs no lock.
    return () => {};
  }
  try {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < LOCK_TRIES && !posix.tryLock(fd); tries += 1) {
      Atomics.wait(sleeper, 0, 0, LOCK_PAUSE_MS);
    }
  } catch {
    // The file system has no flock. ssd continues without the lock.
  }
  return () => closeSync(fd);
}
