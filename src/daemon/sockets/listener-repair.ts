/**
 * Repairs a listener that a worker has broken for everybody. All generations share one socket, and shutdown(2) acts on
 * the socket. On a TCP listener it undoes listen(2). That can be called again, and processes that wait in accept(2) or
 * poll(2) continue. A unix socket stays shut, so a new one takes its place at the path, and as ssd's own descriptor, so
 * that later workers get it. A UDP socket stays shut too, and its address cannot be bound anew while workers have it; nor can
 * the name of an abstract socket.
 */
import {closeSync, lstatSync, type Stats} from 'node:fs';
import {causeOf} from '../../shared/words/errors.js';
import {removeOwnPath} from '../files/own-path.js';
import {duplicateOnto, listen, setCloseOnExec} from '../system/posix.js';
import {reset} from '../system/posix-listener.js';
import {isAbstract} from '../system/unix/abstract.js';
import {type Access, accessOf, readAccess} from './binding/access.js';
import type {Listener} from './listener.js';
import {bindUnixSocket} from './unix-socket.js';

/** `replaced`: the running workers still have the former socket. */
export type Repair = 'repaired' | 'replaced' | {readonly cause: string};

const PASSED = 'a unix socket stays shut, and this one was passed to ssd: start ssd again with another';

/** @param address what an inet listener was bound to */
export function repairListener(listener: Listener, address: Buffer, backlog: number): Repair {
  const {type, name, own, passed} = listener;
  if (type === 'unix' && passed !== null) return {cause: PASSED};
  if (type === 'unix' && isAbstract(name))
    return {cause: 'an abstract socket stays shut: stop ssd and start it again'};
  if (type === 'unix') return replace(listener, backlog);
  if (type === 'udp') return {cause: 'a UDP socket stays shut: stop ssd and start it again'};
  try {
    // What is left of a second shutdown(2) would be handed on to every connection.
    reset(own, address);
    listen(own, backlog);
    return 'repaired';
  } catch (error) {
    return {cause: causeOf(error)};
  }
}

/** Binds a unix listener anew that was shut down. Its socket is still bound, and would count as somebody's. */
function replace(listener: Listener, backlog: number): Repair {
  const {name, identity} = listener;
  const former = socketAt(name);
  try {
    if (identity) removeOwnPath(name, identity);
  } catch (error) {
    return {cause: causeOf(error)};
  }
  return rebind(listener, backlog, former);
}

/**
 * Binds a unix listener anew whose path is gone. If its own socket is there after all, it is in use, and stays: workers
 * accept on it.
 *
 * @param former the socket that was there, whose owner and mode the new one gets
 */
export function rebind(listener: Listener, backlog: number, former = socketAt(listener.name)): Repair {
  const {name, own, access} = listener;
  const wished = former ? accessOf(former) : (access ?? readAccess({}));
  const bound = bindLike(name, wished, backlog, access?.owner != null);
  if (!('fd' in bound)) return {cause: describe(bound)};
  try {
    duplicateOnto(bound.fd, own);
    setCloseOnExec(own);
    listener.identity = bound.identity;
    return 'replaced';
  } catch (error) {
    return {cause: causeOf(error)};
  } finally {
    closeSync(bound.fd);
  }
}

/** If root has given the former socket to somebody, and ssd may not do so, the new one stays ours, unless an option asks. */
function bindLike(path: string, access: Access, backlog: number, mustGive: boolean): Bound {
  const bound = bindUnixSocket(path, access, backlog);
  const isRefused = 'problem' in bound && bound.problem === 'not-given';
  return isRefused && !mustGive ? bindUnixSocket(path, {...access, owner: null}, backlog) : bound;
}

type Bound = ReturnType<typeof bindUnixSocket>;

/** The socket file at a path, or null. */
export function socketAt(path: string): Stats | null {
  try {
    const found = lstatSync(path);
    return found.isSocket() ? found : null;
  } catch {
    // It is gone, or its directory is.
    return null;
  }
}

function describe(problem: Exclude<Bound, {readonly fd: number}>): string {
  switch (problem.problem) {
    case 'in-use':
      return 'another process is listening there';
    case 'not-a-socket':
      return 'there is a file that is not a socket';
    case 'not-given':
    case 'failed':
      return problem.cause;
  }
}
