/** Asks the kernel for the connections that came in at the listeners. */
import {AF_INET, AF_INET6, familyOf, formatAddress} from '../sockets/inet-address.js';
import {unixAddressOf} from '../sockets/inherited/socket-kind.js';
import type {Listener} from '../sockets/listener.js';
import * as inet from '../system/diag/inet-diag.js';
import type {Body} from '../system/diag/netlink.js';
import {dumpUnix, type UnixEnd} from '../system/diag/unix-diag.js';
import {socketName} from '../system/posix.js';
import {createTurns, inTurns} from '../system/processes/turns.js';
import {type Collector, collectSightings, type Row, type Sightings} from './sightings.js';

/**
 * @param withRows whether more than the number matters
 * @returns null if the kernel does not tell of all of them
 */
export async function seeConnections(
  listeners: readonly Listener[],
  withRows: boolean,
): Promise<Sightings | null> {
  const found = collectSightings();
  const places = listeners.filter(({type}) => type === 'tcp').map(placeOf);
  for (const family of new Set(places.map(place => place.family))) {
    const own = places.filter(place => place.family === family);
    if (!(await seeInet(family, own, {found, withRows}))) return null;
  }
  const names = new Map(
    listeners.flatMap(({type, name, own}) => (type === 'unix' ? [[nameOf(own), name]] : [])),
  );
  return names.size === 0 || (await seeUnix(names, {found, withRows})) ? found.sightings() : null;
}

/** Where a listener is bound. `local` null: to all addresses. */
type Place = {
  readonly name: string;
  readonly family: number;
  readonly port: number;
  readonly local: Uint32Array | null;
};

type Into = {readonly found: Collector; readonly withRows: boolean};

async function seeInet(family: number, places: readonly Place[], {found, withRows}: Into): Promise<boolean> {
  const byPort = new Map<number, Place[]>();
  // One that is bound to this address comes before one that is bound to all.
  for (const place of [...places].sort(
    (one, other) => Number(one.local === null) - Number(other.local === null),
  ))
    byPort.set(place.port, [...(byPort.get(place.port) ?? []), place]);
  return inet.dumpInet({family, ports: [...byPort.keys()]}, body => {
    const inode = inet.inodeOf(body);
    if (inode === 0) return;
    for (const place of byPort.get(inet.portOf(body)) ?? []) {
      if (place.local !== null && !inet.isLocal(body, place.local)) continue;
      found.add(inode, inet.longestSilenceOf(body), withRows ? rowOf(body, place) : null);
      return;
    }
  });
}

function rowOf(body: Body, {name, family}: Place): Row {
  return {
    listener: name,
    type: 'tcp',
    peer: textOf(family, inet.peerOf(body, family === AF_INET ? 4 : 16)),
    state: inet.stateOf(body),
    ...inet.queuesOf(body),
    idleMs: inet.shortestSilenceOf(body),
  };
}

/** @param names of the listeners, by what the kernel has as their name; a passed listener may have another */
async function seeUnix(names: ReadonlyMap<string, string>, {found, withRows}: Into): Promise<boolean> {
  const ends = new Map<number, UnixEnd>();
  const told = await dumpUnix(end => ends.set(end.inode, end));
  await inTurns(ends.values(), createTurns(Number.POSITIVE_INFINITY), ({inode, name, ...end}) => {
    const listener = name === null ? undefined : names.get(name);
    // One that is not accepted yet has no inode.
    if (listener === undefined || inode === 0) return;
    const other = end.peer === null ? undefined : ends.get(end.peer);
    const peer = other ? clientOf(other) : null;
    const state = other ? 'established' : 'close-wait';
    const {received, unsent} = end;
    const row = {listener, type: 'unix', peer, state, received, unsent, idleMs: null} as const;
    found.add(inode, 0, withRows ? row : null);
  });
  return told;
}

/** As `UnixEnd` has it. */
function nameOf(own: number): string {
  return socketName(own).toString('latin1', FAMILY_BYTES);
}

function clientOf({name, uid}: UnixEnd): string | null {
  if (name !== null) return unixAddressOf(Buffer.from(`${' '.repeat(FAMILY_BYTES)}${name}`, 'latin1'));
  return uid === null ? null : `uid ${uid}`;
}

/** Of a struct sockaddr_un. */
const FAMILY_BYTES = 2;

function placeOf({name, own}: Listener): Place {
  const address = socketName(own);
  const family = familyOf(address);
  const [from, to] = family === AF_INET6 ? [8, 24] : [4, 8];
  const local = new Uint32Array(Uint8Array.from(address.subarray(from, to)).buffer);
  return {name, family, port: address.readUInt16BE(2), local: local.some(word => word !== 0) ? local : null};
}

/** As a struct sockaddr, which `formatAddress` takes. */
function textOf(family: number, {address, port}: {readonly address: Buffer; readonly port: number}): string {
  const head = Buffer.alloc(family === AF_INET6 ? 8 : 4);
  head.writeUInt16LE(family, 0);
  head.writeUInt16BE(port, 2);
  return formatAddress(Buffer.concat([head, address]));
}
