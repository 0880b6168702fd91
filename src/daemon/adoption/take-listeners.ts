/** Takes the listeners of a dead ssd out of workers that hold them (pidfd_getfd(2)). */
import {fstatSync, readdirSync} from 'node:fs';
import {nameOf, targetOf} from '../../shared/process-stat.js';
import type {LeftOut} from '../../shared/protocol/left-out.js';
import type {StateListener} from '../../shared/state/state.js';
import {causeOf} from '../../shared/words/errors.js';
import {HELD_BY_NOBODY} from '../../shared/words/left-out.js';
import type {PassedListener} from '../sockets/inherited/passed-listeners.js';
import {kindOf} from '../sockets/inherited/socket-kind.js';
import {identityAt} from '../sockets/inherited/stored.js';
import {closeQuietly} from '../system/close-quietly.js';
import {takeDescriptor} from '../system/processes/pid-descriptors.js';
import type {Orphan} from './orphans.js';
import {isOfOwnNetwork} from './own-network.js';

/** Adds to `leftOut` which ones cannot be had, and why. */
export function takeListeners(
  wanted: readonly StateListener[],
  orphans: readonly Orphan[],
  leftOut: LeftOut[],
): readonly PassedListener[] {
  /** The workers that ssd may not look into. Each is asked only once. */
  const denied = new Map<Orphan, string>();
  return wanted.flatMap(listener => {
    const subject = `${listener.type} ${listener.address}`;
    const leave = (cause: string, orphan?: Orphan) => {
      const pid = orphan?.pid ?? null;
      leftOut.push({what: 'listener', subject, pid, command: pid === null ? null : nameOf(pid), cause});
      return [];
    };
    for (const orphan of orphans) {
      if (denied.has(orphan)) continue;
      try {
        const fd = takeFrom(orphan, listener);
        if (fd === null) continue;
        const passed = asPassed(fd, listener, orphan.pid);
        if (typeof passed !== 'string') return [passed];
        closeQuietly(fd);
        return leave(passed);
      } catch (error) {
        // ESRCH: it has ended since it was found.
        const cause = causeOf(error);
        if (cause !== 'ESRCH' && cause !== 'ENOENT') denied.set(orphan, cause);
      }
    }
    const [refused] = denied;
    return refused ? leave(refused[1], refused[0]) : leave(HELD_BY_NOBODY);
  });
}

/**
 * The descriptor at the number that the worker got it at, or wherever it has it by now.
 *
 * @returns null if it has none
 * @throws the errno of the system if it does not allow that
 */
function takeFrom({pid, pidFd}: Orphan, {fd, inode}: StateListener): number | null {
  const taken = takeIfSame(pidFd, fd, inode);
  if (taken !== null) return taken;
  const link = `socket:[${inode}]`;
  for (const other of readdirSync(`/proc/${pid}/fd`)) {
    const found = targetOf(pid, other) === link ? takeIfSame(pidFd, Number(other), inode) : null;
    if (found !== null) return found;
  }
  return null;
}

function takeIfSame(pidFd: number, fd: number, inode: string): number | null {
  let taken = -1;
  try {
    taken = takeDescriptor(pidFd, fd);
  } catch (error) {
    if (causeOf(error) === 'EBADF') return null;
    throw error;
  }
  if (inodeOf(taken) === inode) return taken;
  closeQuietly(taken);
  return null;
}

/** The inode of an open socket, or null if it cannot be read. */
export function inodeOf(fd: number): string | null {
  try {
    return fstatSync(fd, {bigint: true}).ino.toString();
  } catch {
    return null;
  }
}

/** @returns why it cannot be used, in words, if it is not what the state file says */
function asPassed(
  fd: number,
  {name, type, address, file}: StateListener,
  pid: number,
): PassedListener | string {
  const kind = kindOf(fd);
  if ('problem' in kind) return kind.problem;
  if (kind.type !== type || kind.address !== address) return `it is ${kind.type} ${kind.address}`;
  // A path leads to its socket from everywhere.
  if (file === null && !isOfOwnNetwork(fd)) return 'it is in another network namespace';
  if (type === 'unix' && fileAt(address) !== file) return 'its path leads to another file, or to none';
  return {fd, name: null, ...kind, adopted: {name, pid}};
}

/** Device and inode of what is at a path; null where there is no path. */
export function fileAt(path: string): string | null {
  const identity = identityAt(path);
  return identity && `${identity.dev}-${identity.ino}`;
}
