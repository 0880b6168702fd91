/**
 * The listeners. ssd makes them with socket, bind and listen, holds them for its whole life, and never accepts on them.
 *
 * A listener is a blocking descriptor with close-on-exec. Every worker gets a duplicate of it at a fixed number.
 * O_NONBLOCK belongs to the open file description, which ssd and all generations share, so nothing changes it after the
 * socket is made, unless `--nonblocking` asks for that. ssd's own descriptors are above every number that a listener gets
 * in a worker.
 */

import type {SocketType} from '../../shared/protocol/status.js';
import {readWhole} from '../../shared/read-whole.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import type {InetSpec, PlacedListener} from '../config/address.js';
import type {Config} from '../config/config.js';
import type {Listening} from '../config/listening/read.js';
import {type Identity, removeOwnPath} from '../files/own-path.js';
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';
import {isAbstract} from '../system/unix/abstract.js';
import {type Access, readAccess} from './binding/access.js';
import {bindPatiently, createPatience, type InUse} from './binding/in-use.js';
import {setSocketOptions} from './binding/socket-options.js';
import {type Addresses, familyOf, formatAddress, resolveAddresses} from './inet-address.js';
import {findPortHolder} from './port-holder.js';
import {bindAbstract, bindUnixSocket, type PathProblem} from './unix-socket.js';

export type Listener = {
  readonly name: string;
  readonly type: SocketType;
  /** The descriptor number at which a worker finds the listener. */
  readonly fd: number;
  /** ssd's own descriptor. */
  readonly own: number;
  /** The address that is really bound (`127.0.0.1:8080`), the path, or the abstract name. */
  readonly address: string;
  /** The other addresses of its host name, which are not bound. */
  readonly others: readonly string[];
  /** For a unix listener: who may connect to its path. */
  readonly access: Access | null;
  /** For a unix listener: which file is ours. It changes when the path is bound anew. null: it is abstract. */
  identity: Identity | null;
};

type Wish = Pick<Config, 'listeners' | 'backlog'> & {readonly listening?: Partial<Listening>};

export type Opening = {
  /** See `resolveAddresses`. */
  readonly stopAsked?: Promise<void>;
  /** An address is in use, and is tried again for this time. */
  readonly onWait?: (failure: InUse, ms: number) => void;
  /** It is only tried whether they can be had: nothing is waited for, and no clients of others are taken. */
  readonly isTrial?: boolean;
};

type How = {
  readonly backlog: number;
  readonly floor: number;
  readonly listening: Partial<Listening>;
  readonly access: Access;
  readonly isTrial: boolean;
};

/**
 * Makes all listeners or none: if one fails, those that were made before it are closed and removed.
 *
 * @throws {Refusal} `listen-failed`, `path-in-use`, `path-not-a-socket`, `owner-not-given`, `host-unresolved`,
 *   `descriptor-too-high`, `option-invalid`
 * @throws {StoppedAtStart}
 */
export async function openListeners(wish: Wish, opening: Opening = {}): Promise<Listener[]> {
  const {listeners, backlog, listening = {}} = wish;
  const {stopAsked, onWait, isTrial = false} = opening;
  const access = readAccess(listening);
  const how = {backlog: backlog ?? systemBacklog(), floor: checkRoom(listeners), listening, access, isTrial};
  const waiting = {patience: createPatience(isTrial ? 0 : (listening.bindRetryMs ?? 0), stopAsked), onWait};
  const open: Listener[] = [];
  try {
    for (const spec of listeners) {
      if (spec.type === 'unix') {
        open.push(await bindPatiently(() => openUnix(spec, how), waiting));
        continue;
      }
      const addresses = await resolveAddresses(spec.host, spec.port, stopAsked);
      const findHolder = () => findPortHolder(spec.type, spec.port);
      open.push(await bindPatiently(() => openInet(spec, addresses, how), {...waiting, findHolder}));
    }
    return open;
  } catch (error) {
    try {
      closeListeners(open);
    } catch {
      // Why ssd does not start matters more than what it could not remove.
    }
    throw error;
  }
}

/**
 * Removes the paths that are still ours, then closes every listener.
 *
 * @throws the system error of the last path that could not be removed, when all of them are closed
 */
export function closeListeners(listeners: readonly Listener[]): void {
  let failed: unknown = null;
  for (const {own, name, identity} of listeners) {
    try {
      if (identity) removeOwnPath(name, identity);
    } catch (error) {
      failed = error;
    }
    closeQuietly(own);
  }
  if (failed !== null) throw failed;
}

/** The name of a listener in messages. */
export function describeListener({type, address}: Pick<Listener, 'type' | 'address'>): string {
  return `${type} ${address}`;
}

function openInet(
  {type, name, fd}: InetSpec & {readonly fd: number},
  [address, ...others]: Addresses,
  {backlog, floor, listening, isTrial}: How,
): Listener {
  const family = familyOf(address);
  let own = -1;
  try {
    own = raise(posix.socket(family, type === 'tcp' ? posix.SOCK_STREAM : posix.SOCK_DGRAM), floor);
    setSocketOptions(own, {type, family}, listening);
    posix.bind(own, address);
    // From listen(2) on, a socket that shares its port gets its share of the connections.
    if (type === 'tcp' && !(isTrial && listening.reusePort)) posix.listen(own, backlog);
    const bound = formatAddress(posix.socketName(own));
    return {
      name,
      type,
      fd,
      own,
      address: bound,
      others: others.map(formatAddress),
      access: null,
      identity: null,
    };
  } catch (error) {
    if (own !== -1) closeQuietly(own);
    throw new Refusal({
      code: 'listen-failed',
      type,
      address: formatAddress(address),
      cause: causeOf(error),
      holder: null,
    });
  }
}

function openUnix({name, fd}: PlacedListener, {backlog, floor, access}: How): Listener {
  const bound = isAbstract(name) ? bindAbstract(name, backlog) : bindUnixSocket(name, access, backlog);
  if ('problem' in bound) throw refusalOf(bound, name);
  const {identity} = bound;
  try {
    const own = raise(bound.fd, floor);
    return {name, type: 'unix', fd, own, address: name, others: [], access: identity && access, identity};
  } catch (error) {
    if (identity) removeOwnPath(name, identity);
    throw refusalOf({problem: 'failed', cause: causeOf(error)}, name);
  }
}

function refusalOf(found: PathProblem, path: string): Refusal {
  switch (found.problem) {
    case 'in-use':
      return new Refusal({code: 'path-in-use', path, pid: found.pid});
    case 'not-a-socket':
      return new Refusal({code: 'path-not-a-socket', path});
    case 'not-given':
      return new Refusal({code: 'owner-not-given', path, cause: found.cause});
    case 'failed':
      return new Refusal({
        code: 'listen-failed',
        type: 'unix',
        address: path,
        cause: found.cause,
        holder: null,
      });
  }
}

/** Moves a descriptor above every number that a worker gets. */
function raise(fd: number, floor: number): number {
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

/** @returns the lowest number for ssd's own descriptors */
function checkRoom(placed: readonly PlacedListener[]): number {
  const highest = placed.reduce((most, {fd}) => Math.max(most, fd), 2);
  const limit = openFilesLimit();
  if (highest + placed.length >= limit) throw new Refusal({code: 'descriptor-too-high', fd: highest, limit});
  return highest + 1;
}

function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readWhole('/proc/self/limits'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    // There is no /proc. The duplication will fail with EMFILE or EINVAL.
    return Number.POSITIVE_INFINITY;
  }
}
