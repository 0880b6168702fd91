/**
 * Which listeners are bound, and which are sockets that were passed to ssd. A `--port` or `--path` that means the address
 * of a passed socket takes that socket. The passed sockets that nothing takes become listeners behind all others.
 */
import {statSync} from 'node:fs';
import {resolve} from 'node:path';
import {Refusal} from '../../../shared/words/errors.js';
import {checkLengths, type PlacedListener} from '../../config/address.js';
import type {Listening} from '../../config/listening/read.js';
import * as posix from '../../system/posix.js';
import {isAbstract} from '../../system/unix/abstract.js';
import {type Addresses, AF_INET, AF_INET6, familyOf} from '../inet-address.js';
import type {PassedListener} from './passed-listeners.js';
import {bindingOf, identityAt, isStored, storeName} from './stored.js';

export type Planned =
  | ({readonly how: 'bind'} & Resolved)
  | {readonly how: 'take'; readonly name: string; readonly fd: number; readonly socket: PassedListener};

/** A listener of the command line, with its addresses; null: it is a path. The first one is bound. */
export type Resolved = {readonly spec: PlacedListener; readonly addresses: Addresses | null};

export type Plan = {
  readonly planned: readonly Planned[];
  /** What ssd has stored or had before, or a dead one has left, for options that are not there any more. */
  readonly stale: readonly PassedListener[];
};

/** @throws {Refusal} `too-many-listeners` */
export function planListeners(
  resolved: readonly Resolved[],
  passed: readonly PassedListener[],
  listening: Partial<Listening> = {},
): Plan {
  const taken = takers(resolved, passed, listening);
  const planned = resolved.map((one): Planned => {
    const socket = taken.get(one);
    const {name, fd} = one.spec;
    return socket ? {how: 'take', name, fd, socket} : {how: 'bind', ...one};
  });
  const rest = passed.filter(socket => ![...taken.values()].includes(socket));
  const left = rest.filter(socket => !isKept(socket));
  const all = [...planned, ...place(left, planned)];
  if (left.length > 0) checkLengths(all.map(facts));
  return {planned: all, stale: rest.filter(isKept)};
}

/**
 * With `--listen-fds`: a server that was made for that counts from 3.
 *
 * @throws {Refusal} `descriptor-gap`
 */
export function demandNoGap(planned: readonly Planned[]): void {
  const placed = planned.map(facts).sort((a, b) => a.fd - b.fd);
  const odd = placed.find(({fd}, nth) => fd !== FIRST + nth);
  if (!odd) return;
  // It has a fixed number: all others take the lowest that is free.
  throw new Refusal({code: 'descriptor-gap', name: odd.name, fd: odd.fd});
}

const FIRST = 3;

function facts(planned: Planned): Pick<PlacedListener, 'name' | 'fd' | 'type'> {
  if (planned.how === 'bind') return planned.spec;
  const {name, fd, socket} = planned;
  return {name, fd, type: socket.type};
}

/** An address that is the same in every byte is preferred to one that only covers what is asked for. */
function takers(
  resolved: readonly Resolved[],
  passed: readonly PassedListener[],
  listening: Partial<Listening>,
): ReadonlyMap<Resolved, PassedListener> {
  const taken = new Map<Resolved, PassedListener>();
  const free = new Set(passed);
  const wasStored = (one: Resolved, socket: PassedListener) => wasStoredFor(one, socket, listening);
  for (const means of [wasStored, wasOwnFor, isSame, covers]) {
    for (const one of resolved) {
      const socket = taken.has(one) ? undefined : [...free].find(candidate => means(one, candidate));
      if (!socket) continue;
      taken.set(one, socket);
      free.delete(socket);
    }
  }
  return taken;
}

/** Whether it is there for an option of ssd's own, and nobody has passed it for another reason. */
function isKept(socket: PassedListener): boolean {
  return isStored(socket) || socket.adopted !== undefined || socket.handed?.passed === null;
}

/**
 * What a dead ssd, or the former image of this one, had for the same option. How it was bound does not matter: its address is
 * taken as long as workers live.
 */
function wasOwnFor({spec, addresses}: Resolved, {type, adopted, handed, bytes}: PassedListener): boolean {
  const before = adopted ?? (handed?.passed === null ? handed : undefined);
  if (before?.name !== spec.name || type !== spec.type) return false;
  return spec.type === 'unix' || addresses === null || isAskedAddress(spec.port, addresses, bytes);
}

/** Port 0 means the port that it got. A name of a host may have another address by now. */
function wasStoredFor(
  {spec, addresses}: Resolved,
  socket: PassedListener,
  listening: Partial<Listening>,
): boolean {
  if (!isStored(socket) || spec.type !== socket.type) return false;
  const identity = spec.type === 'unix' ? identityAt(spec.name) : null;
  if (spec.type === 'unix' && identity === null && !isAbstract(spec.name)) return false;
  if (socket.name !== storeName({...spec, identity, binding: bindingOf(spec.type, listening)})) return false;
  if (spec.type === 'unix' || addresses === null) return true;
  return isAskedAddress(spec.port, addresses, socket.bytes);
}

function isAskedAddress(port: number, addresses: Addresses, bytes: Buffer): boolean {
  const [asked, bound] = [addressIn(addresses[0]), addressIn(bytes)];
  if (port === 0) for (const one of [asked, bound]) one.writeUInt16BE(0, 2);
  return asked.equals(bound);
}

function isSame({spec, addresses}: Resolved, socket: PassedListener): boolean {
  if (spec.type !== socket.type || isStored(socket)) return false;
  if (spec.type === 'unix') return isSamePath(spec.name, socket.address);
  // Port 0 means any that is free.
  if (addresses === null || spec.port === 0) return false;
  return addressIn(addresses[0]).equals(addressIn(socket.bytes));
}

/** A bare port means all IPv4 addresses, and systemd binds `ListenStream=8080` to all of both families. */
function covers({spec, addresses}: Resolved, socket: PassedListener): boolean {
  const address = addresses?.[0] ?? null;
  if (spec.type !== socket.type || spec.type === 'unix' || spec.port === 0 || address === null) return false;
  if (isStored(socket)) return false;
  const isAnyIpv4 = familyOf(address) === AF_INET && isZero(addressIn(address).subarray(4));
  const isAnyIpv6 = familyOf(socket.bytes) === AF_INET6 && isZero(addressIn(socket.bytes).subarray(4));
  if (!isAnyIpv4 || !isAnyIpv6 || socket.bytes.readUInt16BE(2) !== spec.port) return false;
  return posix.socketOption(socket.fd, IPPROTO_IPV6, IPV6_V6ONLY, 4).readInt32LE() === 0;
}

const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** Family, port, address and scope of a struct sockaddr_in or sockaddr_in6, without what is no part of the address: a copy. */
function addressIn(bytes: Buffer): Buffer {
  if (familyOf(bytes) === AF_INET) return Buffer.from(bytes.subarray(0, 8));
  return Buffer.concat([bytes.subarray(0, 4), bytes.subarray(8, 28)]);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every(byte => byte === 0);
}

/** Links lead clients to one and the same socket. */
function isSamePath(asked: string, bound: string): boolean {
  if (isAbstract(asked) || bound.startsWith('@') || bound === '') return asked === bound;
  if (resolve(asked) === resolve(bound)) return true;
  try {
    const [one, other] = [asked, bound].map(path => statSync(path, {bigint: true}));
    return one?.dev === other?.dev && one?.ino === other?.ino && one?.isSocket() === true;
  } catch {
    // One of them is not there.
    return false;
  }
}

/** Gives what nothing takes a name and the next free numbers, in the order in which it was passed. */
function place(left: readonly PassedListener[], planned: readonly Planned[]): Planned[] {
  const numbers = new Set(planned.map(one => facts(one).fd));
  const names = new Map<string, number>();
  const count = (name: string) => names.set(name, (names.get(name) ?? 0) + 1);
  for (const one of planned) count(facts(one).name);
  for (const {name} of left) if (name !== null) count(fitName(name));
  let next = FIRST;
  return left.map(socket => {
    while (numbers.has(next)) next += 1;
    next += 1;
    const given = socket.name === null ? null : fitName(socket.name);
    // A name that several have tells none of them from the others.
    const name = given !== null && names.get(given) === 1 ? given : fitName(socket.address);
    return {how: 'take', name, fd: next - 1, socket};
  });
}

/** SERVER_STARTER_PORT cannot carry these two. */
function fitName(text: string): string {
  return text.replace(/[;=]/g, '_');
}
