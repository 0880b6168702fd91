/**
 * Which sockets each worker and its descendants have open. A look at every descriptor is a system call, so what was found
 * before is believed where the kernel still has that connection. Then the sum is checked: each connection that the kernel
 * tells of has one worker, but for those that had none at the last full look. If there are more, one has changed hands, and
 * everything is looked at anew. If some are missing, they were most likely closed in this moment; if some are missing the
 * next time as well, everything is looked at.
 */
import {hasEnded, isOver, readStat} from '../../shared/process-stat.js';
import {descriptorsOf, type Sockets, socketsAmong} from '../system/diag/held-sockets.js';
import {createDescent} from '../system/processes/descendants.js';
import {inTurns, type Pause} from '../system/processes/turns.js';
import type {Sightings} from './sightings.js';

/** The inodes of the connections that each worker has. A worker is missing if the system does not tell. */
export type Holders = ReadonlyMap<number, ReadonlySet<number>>;

export type HolderSearch = (asked: {
  readonly pids: readonly number[];
  readonly sighted: Promise<Sightings | null>;
  readonly pause: Pause;
}) => Promise<Holders>;

/** What each process had at the last look. */
type Known = ReadonlyMap<number, Sockets>;

export function createHolderSearch(): HolderSearch {
  let before: Known = new Map();
  /** How many connections had no worker at the last full look. */
  let strange = 0;
  let wasMissing = false;
  return async ({pids, sighted, pause}) => {
    const families = await familiesOf(pids, pause);
    const search = async (known: Known) => {
      const looked = await lookAtAll(families, {known, sighted, pause});
      before = looked.sockets;
      return looked;
    };
    const isFirst = before.size === 0;
    const quick = await search(before);
    if ((await sighted) === null) return quick.holders;
    const missing = quick.unclaimed - strange;
    const isEnough = missing === 0 || (missing > 0 && !wasMissing && !isFirst);
    wasMissing = missing > 0;
    if (isEnough) return quick.holders;
    const full = isFirst ? quick : await search(new Map());
    strange = full.unclaimed;
    wasMissing = false;
    return full.holders;
  };
}

/** A process, and the numbers of its descriptors. */
type Member = {readonly pid: number; readonly listing: ReturnType<typeof descriptorsOf>};

/** The processes of each worker, itself first. */
type Families = ReadonlyMap<number, readonly Member[]>;

/** All directories are read at once, on threads of the pool. */
async function familiesOf(pids: readonly number[], pause: Pause): Promise<Families> {
  const descend = await createDescent(pause);
  const families = new Map<number, readonly Member[]>();
  for (const worker of pids) {
    const family = await descend(worker);
    families.set(
      worker,
      family.map(pid => ({pid, listing: descriptorsOf(pid)})),
    );
  }
  return families;
}

type Looking = {
  readonly known: Known;
  readonly sighted: Promise<Sightings | null>;
  readonly pause: Pause;
};

type Looked = {
  readonly holders: Holders;
  readonly sockets: Known;
  /** How many connections have no worker. */
  readonly unclaimed: number;
};

async function lookAtAll(families: Families, {known, sighted, pause}: Looking): Promise<Looked> {
  const sockets = new Map<number, Map<string, number>>();
  for (const {pid, listing} of [...families.values()].flat()) {
    const descriptors = await listing;
    const earlier = known.get(pid);
    const found =
      descriptors && (await socketsAmong(pid, descriptors, {pause, known: one => earlier?.get(one)}));
    if (found) sockets.set(pid, found);
  }
  // The kernel has walked its tables on another thread meanwhile.
  const sightings = await sighted;
  const holders = new Map<number, ReadonlySet<number>>();
  if (sightings === null) return {holders, sockets, unclaimed: 0};
  for (const [worker, family] of families) {
    const into = new Set<number>();
    let isKnown = true;
    for (const {pid} of family) {
      const own = sockets.get(pid);
      const isTold = own && (await pick(pid, own, {into, sightings, earlier: known.get(pid), pause}));
      // A child that has ended meanwhile has closed its sockets.
      isKnown &&= isTold || (pid !== worker && hasEnded(pid));
    }
    if (isKnown && !isEnding(worker)) holders.set(worker, into);
  }
  return {holders, sockets, unclaimed: sightings.size - sumOf(holders)};
}

type Picking = {
  readonly into: Set<number>;
  readonly sightings: Sightings;
  readonly earlier: Sockets | undefined;
  readonly pause: Pause;
};

/**
 * Picks the connections from the sockets of a process. Where an earlier look has found what is none now, the descriptor may be
 * of another socket by now, and is looked at.
 *
 * @returns false if /proc does not tell, or the time is up
 */
async function pick(
  pid: number,
  own: Map<string, number>,
  {into, sightings, earlier, pause}: Picking,
): Promise<boolean> {
  const doubtful: string[] = [];
  const isWhole = await inTurns(own, pause, ([descriptor, inode]) => {
    if (sightings.has(inode)) into.add(inode);
    else if (earlier?.get(descriptor) === inode) doubtful.push(descriptor);
  });
  if (!isWhole) return false;
  const found = await socketsAmong(pid, doubtful, {pause});
  if (!found) return false;
  for (const descriptor of doubtful) own.delete(descriptor);
  for (const [descriptor, inode] of found) {
    own.set(descriptor, inode);
    if (sightings.has(inode)) into.add(inode);
  }
  return true;
}

/** The sockets of a process that ends are closed one by one, before anybody can see that it has ended. */
function isEnding(pid: number): boolean {
  const stat = readStat(pid);
  return stat === null || stat.exiting || isOver(stat);
}

function sumOf(holders: Holders): number {
  let sum = 0;
  for (const {size} of holders.values()) sum += size;
  return sum;
}
