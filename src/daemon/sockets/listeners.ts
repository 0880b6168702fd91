/**
 * The listeners. ssd makes them with socket, bind and listen, or takes those that were passed to it; it holds them for its
 * whole life, and never accepts on them.
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
import {type Identity, removeOwnPath} from '../files/own-path.js';
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';
import {AF_INET6, familyOf, formatAddress, resolveAddress} from './inet-address.js';
import type {Passed} from './inherited/passed.js';
import type {PassedListener} from './inherited/passed-listeners.js';
import {demandNoGap, type Planned, planListeners, type Resolved} from './inherited/plan.js';
import {identityAt, isStored} from './inherited/stored.js';
import {findPortHolder} from './port-holder.js';
import {bindUnixSocket} from './unix-socket.js';

export type Listener = {
  readonly name: string;
  readonly type: SocketType;
  /** The descriptor number at which a worker finds the listener. */
  readonly fd: number;
  /** ssd's own descriptor. */
  readonly own: number;
  /** The address that is really bound (`127.0.0.1:8080`), or the path. */
  readonly address: string;
  /** For a unix listener: which file is at its path. It changes when the path is bound anew. */
  identity: Identity | null;
  /** As what it was passed to ssd (LISTEN_FDS). Its path is not ours to remove or to bind anew. null: ssd has bound it. */
  readonly passed: Passed | null;
  /** Its name in the store of the service manager, which keeps it and its path when ssd ends. */
  stored: string | null;
};

const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

export type OpenOptions = {
  /** What was passed to ssd. */
  readonly passed?: readonly PassedListener[];
  /** Called before anything is bound with what was stored and is not wanted any more: it may have the same addresses. */
  readonly letGo?: (stale: readonly PassedListener[]) => Promise<void>;
  /** See `resolveAddress`. */
  readonly stopAsked?: Promise<void>;
};

/**
 * Makes all listeners or none: if one fails, those that were made before it are closed and removed.
 *
 * @throws {Refusal} `listen-failed`, `path-in-use`, `path-not-a-socket`, `host-unresolved`, `descriptor-too-high`,
 *   `descriptor-gap`, `too-many-listeners`
 */
export async function openListeners(
  {
    listeners,
    backlog: asked,
    listenFds = false,
  }: Pick<Config, 'listeners' | 'backlog'> & Partial<Pick<Config, 'listenFds'>>,
  {passed = [], letGo, stopAsked}: OpenOptions = {},
): Promise<Listener[]> {
  const backlog = asked ?? systemBacklog();
  const resolved: Resolved[] = [];
  for (const spec of listeners) {
    const address = spec.type === 'unix' ? null : await resolveAddress(spec.host, spec.port, stopAsked);
    resolved.push({spec, address});
  }
  const {planned, stale} = planListeners(resolved, passed);
  if (listenFds) demandNoGap(planned);
  await letGo?.(stale);
  const floor = checkRoom(planned.map(one => (one.how === 'bind' ? one.spec : one)));
  const open: Listener[] = [];
  try {
    for (const one of planned) open.push(openOne(one, {backlog, floor}));
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
  for (const {own, name, identity, passed, stored} of listeners) {
    try {
      if (identity && passed === null && stored === null) removeOwnPath(name, identity);
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

type Making = {readonly backlog: number; readonly floor: number};

function openOne(planned: Planned, making: Making): Listener {
  if (planned.how === 'take') return take(planned, making.floor);
  const {spec, address} = planned;
  if (spec.type === 'unix' || address === null) return openUnix(spec, making);
  return openInet(spec, address, making);
}

/** Its backlog and O_NONBLOCK stay as whoever passed it has set them. */
function take({socket, name, fd}: Extract<Planned, {how: 'take'}>, floor: number): Listener {
  const {type, address} = socket;
  const identity = type === 'unix' ? identityAt(address) : null;
  const origin = isStored(socket) ? {passed: null, stored: socket.name} : {passed: socket, stored: null};
  return {name, type, fd, own: raise(socket.fd, floor), address, identity, ...origin};
}

function openInet(
  {type, name, port, fd}: InetSpec & {readonly fd: number},
  address: Buffer,
  {backlog, floor}: Making,
): Listener {
  let own = -1;
  try {
    own = raise(
      posix.socket(familyOf(address), type === 'tcp' ? posix.SOCK_STREAM : posix.SOCK_DGRAM),
      floor,
    );
    // UDP does not get it: a second ssd could share the port and nobody would notice.
    if (type === 'tcp') posix.setSocketOption(own, posix.SOL_SOCKET, SO_REUSEADDR, 1);
    if (familyOf(address) === AF_INET6) posix.setSocketOption(own, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    posix.bind(own, address);
    if (type === 'tcp') posix.listen(own, backlog);
    const bound = formatAddress(posix.socketName(own));
    return {name, type, fd, own, address: bound, identity: null, passed: null, stored: null};
  } catch (error) {
    if (own !== -1) closeQuietly(own);
    const cause = causeOf(error);
    const holder = cause === 'EADDRINUSE' ? findPortHolder(type, port) : null;
    throw new Refusal({code: 'listen-failed', type, address: formatAddress(address), cause, holder});
  }
}

function openUnix({name, fd}: PlacedListener, {backlog, floor}: Making): Listener {
  const bound = bindUnixSocket(name, 0, backlog);
  if ('fd' in bound) {
    const {identity} = bound;
    try {
      return {
        name,
        type: 'unix',
        fd,
        own: raise(bound.fd, floor),
        address: name,
        identity,
        passed: null,
        stored: null,
      };
    } catch (error) {
      removeOwnPath(name, identity);
      const cause = causeOf(error);
      throw new Refusal({code: 'listen-failed', type: 'unix', address: name, cause, holder: null});
    }
  }
  switch (bound.problem) {
    case 'in-use':
      throw new Refusal({code: 'path-in-use', path: name, pid: bound.pid});
    case 'not-a-socket':
      throw new Refusal({code: 'path-not-a-socket', path: name});
    case 'failed':
      throw new Refusal({
        code: 'listen-failed',
        type: 'unix',
        address: name,
        cause: bound.cause,
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
function checkRoom(placed: readonly {readonly fd: number}[]): number {
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
