/**
 * The listeners. ssd makes them with socket, bind and listen, or takes those that were passed to it; it holds them for its
 * whole life, and never accepts on them.
 *
 * A listener is a blocking descriptor with close-on-exec. Every worker gets a duplicate of it at a fixed number.
 * O_NONBLOCK belongs to the open file description, which ssd and all generations share, so nothing changes it after the
 * socket is made, unless `--nonblocking` asks for that. ssd's own descriptors are above every number that a listener gets
 * in a worker.
 */

import {causeOf, type PortHolder, Refusal} from '../../shared/words/errors.js';
import type {InetSpec, PlacedListener} from '../config/address.js';
import type {Config} from '../config/config.js';
import type {Listening} from '../config/listening/read.js';
import {removeOwnPath} from '../files/own-path.js';
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';
import {isAbstract} from '../system/unix/abstract.js';
import {type Access, readAccess} from './binding/access.js';
import {bindPatiently, createPatience, type InUse} from './binding/in-use.js';
import {findPortHolder} from './binding/port-holder.js';
import {checkRoom, raise, systemBacklog} from './binding/room.js';
import {setSocketOptions} from './binding/socket-options.js';
import {type Addresses, familyOf, formatAddress, resolveAddresses} from './inet-address.js';
import type {PassedListener} from './inherited/passed-listeners.js';
import {demandNoGap, type Planned, planListeners, type Resolved} from './inherited/plan.js';
import {takeListener} from './inherited/take.js';
import type {Listener} from './listener.js';
import {bindAbstract, bindUnixSocket, type PathProblem} from './unix-socket.js';

type Wish = Pick<Config, 'listeners' | 'backlog'> &
  Partial<Pick<Config, 'listenFds'>> & {readonly listening?: Partial<Listening>};

export type Opening = {
  /** What was passed to ssd. */
  readonly passed?: readonly PassedListener[];
  /** Called before anything is bound with what was stored and is not wanted any more: it may have the same addresses. */
  readonly letGo?: (stale: readonly PassedListener[]) => Promise<void>;
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
 *   `descriptor-too-high`, `descriptor-gap`, `too-many-listeners`, `option-invalid`
 * @throws {StoppedAtStart}
 */
export async function openListeners(wish: Wish, opening: Opening = {}): Promise<Listener[]> {
  const {listeners, backlog, listening = {}, listenFds = false} = wish;
  const {passed = [], letGo, stopAsked, onWait, isTrial = false} = opening;
  const resolved: Resolved[] = [];
  for (const spec of listeners) {
    const addresses = spec.type === 'unix' ? null : await addressesOf(spec, passed, stopAsked);
    resolved.push({spec, addresses});
  }
  const {planned, stale} = planListeners(resolved, passed, listening);
  if (listenFds) demandNoGap(planned);
  await letGo?.(stale);
  const floor = checkRoom(planned.map(one => (one.how === 'bind' ? one.spec : one)));
  const access = readAccess(listening);
  const how = {backlog: backlog ?? systemBacklog(), floor, listening, access, isTrial};
  const waiting = {patience: createPatience(isTrial ? 0 : (listening.bindRetryMs ?? 0), stopAsked), onWait};
  const open: Listener[] = [];
  try {
    for (const one of planned)
      open.push(await bindPatiently(() => openOne(one, how), {...waiting, findHolder: () => holderOf(one)}));
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
  for (const {own, name, identity, passed, stored, adopted, isHanded} of listeners) {
    try {
      const isOurs = passed === null && stored === null && adopted === null && !isHanded;
      if (identity && isOurs) removeOwnPath(name, identity);
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

/** @returns null: they cannot be found out, and the former image of this process listens there */
async function addressesOf(
  {name, type, host, port}: InetSpec,
  passed: readonly PassedListener[],
  stopAsked?: Promise<void>,
): Promise<Addresses | null> {
  try {
    return await resolveAddresses(host, port, stopAsked);
  } catch (error) {
    const isOwn = passed.some(one => one.type === type && one.handed?.name === name && !one.handed.passed);
    if (isOwn && error instanceof Refusal) return null;
    throw error;
  }
}

function openOne(planned: Planned, how: How): Listener {
  if (planned.how === 'take') return takeListener(planned, how);
  const {spec, addresses} = planned;
  if (spec.type === 'unix' || addresses === null) return openUnix(spec, how);
  return openInet(spec, addresses, how);
}

function holderOf(planned: Planned): PortHolder | null {
  if (planned.how === 'take' || planned.spec.type === 'unix') return null;
  return findPortHolder(planned.spec.type, planned.spec.port);
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
      passed: null,
      stored: null,
      adopted: null,
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
    return {
      name,
      type: 'unix',
      fd,
      own,
      address: name,
      others: [],
      access: identity && access,
      identity,
      passed: null,
      stored: null,
      adopted: null,
    };
  } catch (error) {
    if (identity) removeOwnPath(name, identity);
    throw refusalOf({problem: 'failed', cause: causeOf(error)}, name);
  }
}

export function refusalOf(found: PathProblem, path: string): Refusal {
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
