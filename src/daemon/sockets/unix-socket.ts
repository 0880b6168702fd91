/**
 * Unix sockets on a path, safely: a living one is never taken over, a file that is no socket is never removed,
 * and on the way out only what is still ours is removed.
 */
import {closeSync, constants, lstatSync, openSync, unlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {hasEnded} from '../../shared/process-stat.js';
import {causeOf} from '../../shared/words/errors.js';
import {type Identity, identityOf} from '../files/own-path.js';
import * as posix from '../system/posix.js';

export type BoundPath = {readonly fd: number; readonly path: string; readonly identity: Identity};

/** Why a path could not be taken: someone listens there, it is no socket, or the system refused. */
export type PathProblem =
  | {readonly problem: 'in-use'; readonly pid: number | null}
  | {readonly problem: 'not-a-socket'}
  | {readonly problem: 'failed'; readonly cause: string};

const LOCK_TRIES = 100;
const LOCK_PAUSE_MS = 10;

/**
 * Binds and listens on `path`, after removing the socket of a process that is gone.
 *
 * @param umask in force while the socket is made: 0 for mode 0777, 0o177 for 0600
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

/** Who listens at `path`, if anybody does. */
export function listenerAt(path: string): Answer {
  return probe(posix.unixAddress(path));
}

function clearStale(path: string, address: Buffer): PathProblem | null {
  const found = lstatSync(path, {throwIfNoEntry: false});
  if (!found) return null;
  if (!found.isSocket()) return {problem: 'not-a-socket'};
  const answer = probe(address);
  if ('pid' in answer) return {problem: 'in-use', pid: answer.pid};
  // Nobody listens: its owner is gone. Anything else (a full queue, another socket type, no right to
  // connect) means that somebody is there.
  if (answer.code !== 'ECONNREFUSED') return {problem: 'in-use', pid: null};
  unlinkSync(path);
  return null;
}

/** Where ssd was killed and its workers listen on, the kernel still has the pid of the ssd that called listen. */
function probe(address: Buffer): Answer {
  const answer = posix.probeUnix(address);
  return 'pid' in answer && answer.pid !== null && hasEnded(answer.pid) ? {pid: null} : answer;
}

/**
 * Two programs that start at once could both find the same stale socket, and the second would remove the new
 * one of the first. They take turns by a lock on the directory. Bounded, since anyone who can read the
 * directory can hold that lock: after a second we go on without.
 */
function lockDirectory(directory: string): () => void {
  let fd: number;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // It is missing or not readable: bind will say so, or needs no lock.
    return () => {};
  }
  try {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < LOCK_TRIES && !posix.tryLock(fd); tries += 1) {
      Atomics.wait(sleeper, 0, 0, LOCK_PAUSE_MS);
    }
  } catch {
    // A file system without flock: then there is no turn to take.
  }
  return () => closeSync(fd);
}
