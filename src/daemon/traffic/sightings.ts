/** The connections that came in at the listeners, as the kernel tells of them, by the inode of their socket. */
import type {Connection} from '../../shared/protocol/connection.js';
import {AF_INET, AF_INET6, familyOf, formatAddress} from '../sockets/inet-address.js';
import {unixAddressOf} from '../sockets/inherited/socket-kind.js';
import type {Listener} from '../sockets/listener.js';
import * as inet from '../system/diag/inet-diag.js';
import {dumpUnix, type UnixEnd} from '../system/diag/unix-diag.js';
import {socketName} from '../system/posix.js';

/** A connection without what only its process tells. */
export type Sighting = {
  /** How old it is at least: so long nothing has come, or nothing was sent. 0 if the kernel does not tell. */
  readonly atLeastMs: number;
  /** Left out where only the number matters. */
  readonly row: Omit<Connection, 'worker' | 'generation' | 'ageMs'> | null;
};

export type Sightings = ReadonlyMap<number, Sighting>;

/**
 * @param withRows whether more than the number matters
 * @returns null if the kernel does not tell of all of them
 */
export async function seeConnections(
  listeners: readonly Listener[],
  withRows: boolean,
): Promise<Sightings | null> {
  const found = new Map<number, Sighting>();
  const places = listeners.filter(({type}) => type === 'tcp').map(placeOf);
  for (const family of new Set(places.map(place => place.family))) {
    const own = places.filter(place => place.family === family);
    if (!(await seeInet(family, own, {found, withRows}))) return null;
  }
  const names = new Map(
    listeners.flatMap(({type, name, own}) => (type === 'unix' ? [[nameOf(own), name]] : [])),
  );
  return names.size === 0 || (await seeUnix(names, found)) ? found : null;
}

/** Where a listener is bound. `local` null: to all addresses. */
type Place = {
  readonly name: string;
  readonly family: number;
  readonly port: number;
  readonly local: Uint32Array | null;
};

type Into = {readonly found: Map<number, Sighting>; readonly withRows: boolean};

async function seeInet(family: number, places: readonly Place[], {found, withRows}: Into): Promise<boolean> {
  const byPort = new Map<number, Place[]>();
  // One that is bound to this address comes before one that is bound to all.
  for (const place of [...places].sort(
    (one, other) => Number(one.local === null) - Number(other.local === null),
  ))
    byPort.set(place.port, [...(byPort.get(place.port) ?? []), place]);
  const bytes = family === AF_INET ? 4 : 16;
  return inet.dumpInet({family, ports: [...byPort.keys()]}, body => {
    const inode = inet.inodeOf(body);
    const candidates = inode === 0 ? undefined : byPort.get(inet.portOf(body));
    const place = candidates?.find(({local}) => local === null || inet.isLocal(body, local));
    if (!place) return;
    const silences = inet.silencesOf(body);
    found.set(inode, {
      atLeastMs: silences ? Math.max(silences.sentMs, silences.receivedMs) : 0,
      row: withRows
        ? {
            listener: place.name,
            type: 'tcp',
            peer: textOf(family, inet.peerOf(body, bytes)),
            state: inet.stateOf(body),
            ...inet.queuesOf(body),
            idleMs: silences && Math.min(silences.sentMs, silences.receivedMs),
          }
        : null,
    });
  });
}

/** @param names of the listeners, by what the kernel has as their name; a passed listener may have another */
async function seeUnix(names: ReadonlyMap<string, string>, found: Map<number, Sighting>): Promise<boolean> {
  const ends = new Map<number, UnixEnd>();
  const told = await dumpUnix(end => ends.set(end.inode, end));
  for (const {inode, name, peer, received, unsent} of ends.values()) {
    const listener = name === null ? undefined : names.get(name);
    if (listener === undefined) continue;
    const other = peer === null ? undefined : ends.get(peer);
    const who = other ? clientOf(other) : null;
    const state = other ? 'established' : 'close-wait';
    const row = {listener, type: 'unix', peer: who, state, received, unsent, idleMs: null} as const;
    found.set(inode, {atLeastMs: 0, row});
  }
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
