/**
 * Unix sockets on a path. ssd never takes over a socket on which somebody listens, never removes a file that is not a
 * socket, and at the end removes only what is still its own.
 *
 * Two programs that start at once can find the same stale socket, and the second must not remove the new socket of the
 * first. A lock on the directory does not help: it needs only the right to read, so anybody can hold it. Instead ssd moves
 * the stale socket aside and looks at it again before it removes it.
 */
import {linkSync, lstatSync, renameSync, unlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {hasEnded} from '../../shared/process-stat.js';
import {causeIfFails, causeOf} from '../../shared/words/errors.js';
import {type Identity, identityOf, isSame, removeIfThere, removeOwnPath} from '../files/own-path.js';
import {unguessableName} from '../files/unguessable-name.js';
import {closeQuietly} from '../system/close-quietly.js';
import {inPlaceItself} from '../system/place.js';
import * as posix from '../system/posix.js';
import {isBound} from '../system/posix-listener.js';
import {abstractAddress} from '../system/unix/abstract.js';
import {giveSocket} from '../system/unix/owner.js';
import type {Access} from './binding/access.js';

export type BoundPath = {readonly fd: number; readonly path: string; readonly identity: Identity};
type BoundName = {readonly fd: number; readonly identity: null};

/** Why a path could not be taken: somebody listens there, it is not a socket, its owner is refused, or a call failed. */
export type PathProblem =
  | {readonly problem: 'in-use'; readonly pid: number | null}
  | {readonly problem: 'not-a-socket'}
  | {readonly problem: 'not-given'; readonly cause: string}
  | {readonly problem: 'failed'; readonly cause: string};

/** Binds `path` and listens on it. A socket there whose process is gone is removed first. */
export function bindUnixSocket(path: string, access: Access, backlog: number): BoundPath | PathProblem {
  try {
    return inPlaceItself(path, at => clearStale(at) ?? bindAt({path, at, access, backlog}));
  } catch (error) {
    return {problem: 'failed', cause: causeOf(error)};
  }
}

/** Binds a name that is no file (`@name`): there is nothing stale, nothing to remove, and no mode. */
export function bindAbstract(name: string, backlog: number): BoundName | PathProblem {
  const address = abstractAddress(name);
  let fd = -1;
  try {
    fd = posix.socket(posix.AF_UNIX, posix.SOCK_STREAM);
    posix.bind(fd, address);
    posix.listen(fd, backlog);
    return {fd, identity: null};
  } catch (error) {
    if (fd !== -1) closeQuietly(fd);
    if (causeOf(error) !== 'EADDRINUSE') return {problem: 'failed', cause: causeOf(error)};
    const answer = probe(address);
    return {problem: 'in-use', pid: 'pid' in answer ? answer.pid : null};
  }
}

type Wish = {readonly path: string; readonly at: string; readonly access: Access; readonly backlog: number};

/**
 * Binds the path as it was given, because getsockname(2) tells it to the server. So the socket cannot be made elsewhere
 * and be moved here.
 *
 * Nobody can connect before listen(2), whatever the mode: connect(2) needs the right to write and somebody who listens,
 * at the same moment. By then both are final. bind(2) makes the file with mode 0777 less the umask, so the mode is so from the
 * beginning; there is no call that binds with another owner, who comes next.
 *
 * The umask belongs to all threads. A file that another thread makes in these microseconds has at most this mode. ssd's
 * own threads make none.
 */
function bindAt({path, at, access: {mode, owner}, backlog}: Wish): BoundPath | PathProblem {
  const fd = posix.socket(posix.AF_UNIX, posix.SOCK_STREAM);
  let identity: Identity | null = null;
  let isBound = false;
  try {
    const former = process.umask(~mode & 0o777);
    try {
      posix.bind(fd, posix.unixAddress(path));
      isBound = true;
    } finally {
      process.umask(former);
    }
    identity = identityOf(at);
    const refused = owner && causeIfFails(() => giveSocket(at, owner));
    if (refused !== null) return giveUp({problem: 'not-given', cause: refused}, {fd, path, identity});
    posix.listen(fd, backlog);
    // A program that replaced a stale socket may have moved this one away.
    if (isSame(identityOf(at), identity)) return {fd, path, identity};
    throw new Error('another process has taken the path');
  } catch (error) {
    // Even if its identity cannot be read, the socket was bound just now. It is ours, but for a race of microseconds.
    if (identity) removeOwnPath(path, identity);
    else if (isBound) removeIfThere(at);
    closeQuietly(fd);
    if (causeOf(error) !== 'EADDRINUSE') throw error;
    // Another program was quicker.
    const answer = probe(posix.unixAddress(at));
    return {problem: 'in-use', pid: 'pid' in answer ? answer.pid : null};
  }
}

/** Takes back a socket that is bound but on which nobody listens yet. */
function giveUp(problem: PathProblem, {fd, path, identity}: BoundPath): PathProblem {
  removeOwnPath(path, identity);
  closeQuietly(fd);
  return problem;
}

type Answer = ReturnType<typeof posix.probeUnix>;

/** The process that listens on `path`, or the errno name of why there is none. */
export function listenerAt(path: string): Answer {
  return probe(posix.unixAddress(path));
}

function clearStale(at: string): PathProblem | null {
  const found = lstatSync(at, {throwIfNoEntry: false, bigint: true});
  if (!found) return null;
  if (!found.isSocket()) return {problem: 'not-a-socket'};
  const answer = probe(posix.unixAddress(at));
  if ('pid' in answer) return {problem: 'in-use', pid: answer.pid};
  return isStale(at, answer) ? removeStale(at, found) : {problem: 'in-use', pid: null};
}

function removeStale(at: string, found: Identity): PathProblem | null {
  const aside = join(dirname(at), `.ssd-${unguessableName()}`);
  try {
    renameSync(at, aside);
  } catch (error) {
    if (causeOf(error) !== 'ENOENT') throw error;
    // Another program that starts has removed it. The first to bind gets the path.
    return null;
  }
  // Another program may have bound the path meanwhile. Its socket can even have the inode number of the stale one.
  const isOver = isSame(identityOf(aside), found) && isStale(aside, probe(posix.unixAddress(aside)));
  if (!isOver) linkSync(aside, at);
  unlinkSync(aside);
  return isOver ? null : {problem: 'in-use', pid: null};
}

/**
 * Whether the owner of the socket is gone. ECONNREFUSED means that nobody listens: another program that starts has a moment
 * in which it has bound its socket and does not listen yet. Every other answer (a full queue, another socket type, no right
 * to connect) means that somebody is there.
 */
function isStale(at: string, answer: Answer): boolean {
  return 'code' in answer && answer.code === 'ECONNREFUSED' && !isBound(posix.unixAddress(at));
}

/** If ssd was killed and its workers live on, the kernel still reports the pid of the ssd that called listen. */
function probe(address: Buffer): Answer {
  const answer = posix.probeUnix(address);
  return 'pid' in answer && answer.pid !== null && hasEnded(answer.pid) ? {pid: null} : answer;
}
