/** The processes of each worker, and which of the connections that the kernel tells of they have. */
import {hasEnded, isOver, readStat} from '../../shared/process-stat.js';
import {countDescriptors, listDescriptors, socketsAmong} from '../system/diag/held-sockets.js';
import {createDescent} from '../system/processes/descendants.js';
import {inTurns, type Pause} from '../system/processes/turns.js';
import type {Sightings} from './sightings.js';

/** The inodes of the connections that each worker has. A worker is missing if the system does not tell. */
export type Holders = ReadonlyMap<number, ReadonlySet<number>>;

/** What a process had at the last look. `count` 0: how many descriptors it had is not known. */
type Seen = {readonly count: number; readonly sockets: Map<string, number>};
export type Known = ReadonlyMap<number, Seen>;

/**
 * What is believed of an earlier look.
 *
 * - `counts`: a process that has as many descriptors as then has the same ones.
 * - `numbers`: a descriptor is what it was then.
 *
 * Either is believed only where that connection is still there.
 */
export const TRUST = {counts: 0, numbers: 1, nothing: 2};

type Member = {readonly pid: number; readonly count: number};
type Listing = ReturnType<typeof listDescriptors>;

export type Families = {
  /** Of each worker: itself first. */
  readonly members: ReadonlyMap<number, readonly Member[]>;
  /** The descriptors of processes that are not as before; each serves one look. */
  readonly listings: Map<number, Listing>;
};

/** The directories are read on threads of the pool, all at once. */
export async function familiesOf(pids: readonly number[], known: Known, pause: Pause): Promise<Families> {
  const descend = await createDescent(pause);
  const members = new Map<number, readonly Member[]>();
  const listings = new Map<number, Listing>();
  for (const worker of pids) {
    const family = (await descend(worker)).map(pid => ({pid, count: countDescriptors(pid)}));
    for (const member of family)
      if (!isAsBefore(member, known)) listings.set(member.pid, listDescriptors(member.pid));
    members.set(worker, family);
  }
  return {members, listings};
}

function isAsBefore({pid, count}: Member, known: Known): boolean {
  return count > 0 && known.get(pid)?.count === count;
}

type Looking = {
  readonly known: Known;
  readonly trust: number;
  readonly sighted: Promise<Sightings | null>;
  readonly pause: Pause;
};

export async function lookAtAll(
  families: Families,
  looking: Looking,
): Promise<{readonly holders: Holders; readonly seen: Known}> {
  const {sighted, trust, known, pause} = looking;
  const seen = new Map<number, Seen>();
  for (const member of [...families.members.values()].flat()) {
    const one = await see(member, families.listings, looking);
    if (one) seen.set(member.pid, one);
  }
  // The kernel has walked its tables on another thread meanwhile.
  const sightings = await (await sighted)?.index();
  const holders = new Map<number, ReadonlySet<number>>();
  if (!sightings) return {holders, seen};
  for (const [worker, family] of families.members) {
    const into = new Set<number>();
    let isKnown = true;
    for (const {pid} of family) {
      const sockets = seen.get(pid)?.sockets;
      const believed = trust === TRUST.nothing ? undefined : known.get(pid)?.sockets;
      const isTold = sockets && (await pick(pid, sockets, {into, sightings, believed, pause}));
      // A child that has ended meanwhile has closed its sockets.
      isKnown &&= isTold || (pid !== worker && hasEnded(pid));
    }
    if (isKnown && !isEnding(worker)) holders.set(worker, into);
  }
  return {holders, seen};
}

/** @returns null if /proc does not tell, or the time is up */
async function see(
  member: Member,
  listings: Families['listings'],
  {known, trust, pause}: Looking,
): Promise<Seen | null> {
  const {pid, count} = member;
  const earlier = trust === TRUST.nothing ? undefined : known.get(pid);
  if (earlier && trust === TRUST.counts && isAsBefore(member, known)) return earlier;
  const listing = listings.get(pid) ?? listDescriptors(pid);
  listings.delete(pid);
  const descriptors = await listing;
  const inodeOf = (descriptor: string) => earlier?.sockets.get(descriptor);
  const sockets = descriptors && (await socketsAmong(pid, descriptors, {pause, known: inodeOf}));
  return sockets && {count, sockets};
}

type Picking = {
  readonly into: Set<number>;
  readonly sightings: ReadonlyMap<number, number>;
  readonly believed: ReadonlyMap<string, number> | undefined;
  readonly pause: Pause;
};

/**
 * Picks the connections from the sockets of a process. What was believed and is no connection now may be another one: it is
 * looked at.
 *
 * @returns false if /proc does not tell, or the time is up
 */
async function pick(
  pid: number,
  sockets: Map<string, number>,
  {into, sightings, believed, pause}: Picking,
): Promise<boolean> {
  const doubtful: string[] = [];
  const isWhole = await inTurns(sockets, pause, ([descriptor, inode]) => {
    if (sightings.has(inode)) into.add(inode);
    else if (believed?.get(descriptor) === inode) doubtful.push(descriptor);
  });
  const found = isWhole && (doubtful.length === 0 ? new Map() : await socketsAmong(pid, doubtful, {pause}));
  if (!found) return false;
  for (const descriptor of doubtful) sockets.delete(descriptor);
  for (const [descriptor, inode] of found) {
    sockets.set(descriptor, inode);
    if (sightings.has(inode)) into.add(inode);
  }
  return true;
}

/** The sockets of a process that ends are closed one by one, before anybody can see that it has ended. */
function isEnding(pid: number): boolean {
  const stat = readStat(pid);
  return stat === null || stat.exiting || isOver(stat);
}
