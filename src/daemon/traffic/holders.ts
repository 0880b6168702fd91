/**
 * Which sockets each worker and its descendants have open. A look at every descriptor is a system call, so what was found
 * before is believed where the kernel still has that connection. Then the sum is checked: each connection that the kernel
 * tells of has one worker, but for those that had none at the last full look. If there are more, one has changed hands, and
 * everything is looked at anew. If some are missing, they were most likely closed in this moment; if some are missing the
 * next time as well, everything is looked at.
 */
import {hasEnded} from '../../shared/process-stat.js';
import {descriptorsOf, type Sockets, socketsAmong} from '../system/diag/held-sockets.js';
import {descendantsOf} from './descendants.js';
import type {Sightings} from './sightings.js';
import {createTurns} from './turns.js';

/** After this time what was not looked at is unknown. */
const LONGEST_MS = 3000;

/** The inodes of the connections that each worker has. A worker is missing if the system does not tell. */
export type Holders = ReadonlyMap<number, ReadonlySet<number>>;

/** The descriptors of all processes of a worker; null: unknown. */
type Family = ReadonlyMap<number, readonly string[]> | null;

export type HolderSearch = (pids: readonly number[], sighted: Promise<Sightings | null>) => Promise<Holders>;

export function createHolderSearch(): HolderSearch {
  let before: ReadonlyMap<number, Sockets> = new Map();
  /** How many connections had no worker at the last full look. */
  let strange = 0;
  let wasMissing = false;
  return async (pids, sighted) => {
    const pause = createTurns(LONGEST_MS);
    // The kernel walks its tables on another thread meanwhile.
    const families = new Map<number, Family>();
    for (const pid of pids) families.set(pid, await familyOf(pid, pause));
    const sightings = await sighted;
    if (sightings === null) return new Map();
    const search = async (known: typeof before) => {
      const looked = await lookAtAll(families, {pause, known, sightings});
      before = looked.sockets;
      return {holders: looked.holders, missing: sightings.size - sumOf(looked.holders) - strange};
    };
    const isFirst = before.size === 0;
    const quick = await search(before);
    const isEnough = quick.missing === 0 || (quick.missing > 0 && !wasMissing && !isFirst);
    wasMissing = quick.missing > 0;
    if (isEnough) return quick.holders;
    const full = isFirst ? quick : await search(new Map());
    strange += full.missing;
    wasMissing = false;
    return full.holders;
  };
}

async function familyOf(pid: number, pause: () => Promise<boolean>): Promise<Family> {
  const family = new Map<number, readonly string[]>();
  for (const one of await descendantsOf(pid, pause)) {
    const descriptors = await descriptorsOf(one);
    if (descriptors) family.set(one, descriptors);
    // A child that has ended meanwhile has closed its sockets.
    else if (one === pid || !hasEnded(one)) return null;
  }
  return family;
}

type Looking = {
  readonly pause: () => Promise<boolean>;
  readonly known: ReadonlyMap<number, Sockets>;
  readonly sightings: Sightings;
};

async function lookAtAll(families: ReadonlyMap<number, Family>, {pause, known, sightings}: Looking) {
  const holders = new Map<number, ReadonlySet<number>>();
  const sockets = new Map<number, Sockets>();
  for (const [worker, family] of families) {
    const inodes = new Set<number>();
    let isKnown = family !== null;
    for (const [pid, descriptors] of family ?? []) {
      const earlier = known.get(pid);
      const found = await socketsAmong(pid, descriptors, {
        pause,
        known: descriptor => {
          const inode = earlier?.get(descriptor);
          return inode !== undefined && sightings.has(inode) ? inode : undefined;
        },
      });
      isKnown &&= found !== null || (pid !== worker && hasEnded(pid));
      if (!found) continue;
      sockets.set(pid, found);
      for (const inode of found.values()) if (sightings.has(inode)) inodes.add(inode);
    }
    if (isKnown) holders.set(worker, inodes);
  }
  return {holders, sockets};
}

function sumOf(holders: Holders): number {
  let sum = 0;
  for (const {size} of holders.values()) sum += size;
  return sum;
}
