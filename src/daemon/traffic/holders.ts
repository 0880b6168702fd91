/**
 * Which connections each worker and its descendants have. A look at a descriptor is a system call, and the kernel makes an
 * entry for each that it lists. So what an earlier look has found is believed as far as it fits to the connections that the
 * kernel tells of. Each of them has a worker; one that has none shows that more has to be looked at.
 */
import {inTurns, type Pause} from '../system/processes/turns.js';
import {familiesOf, type Holders, type Known, lookAtAll, TRUST} from './families.js';
import {haveSame, type Sightings} from './sightings.js';

export type Asked = {
  readonly pids: readonly number[];
  readonly sighted: Promise<Sightings | null>;
  readonly pause: Pause;
};

/** @returns the very same as at the last look if nothing has changed */
export type HolderSearch = (asked: Asked) => Promise<Holders>;

/** A look at which each connection had a worker, or was a stranger. */
type Last = {readonly pids: readonly number[]; readonly inodes: Uint32Array; readonly holders: Holders};

export function createHolderSearch(): HolderSearch {
  let known: Known = new Map();
  /** Had no worker when everything was looked at. */
  let strangers: ReadonlySet<number> = new Set();
  /** Had no worker at the last look. Most of such connections were just accepted or closed. */
  let suspects: ReadonlySet<number> = new Set();
  let last: Last | null = null;
  return async ({pids, sighted, pause}) => {
    const families = await familiesOf(pids, known, pause);
    const sameProcesses = families.listings.size === 0 && last?.pids.join() === pids.join();
    if (last && sameProcesses && isSame(last, await sighted)) return last.holders;
    let trust = known.size === 0 ? TRUST.nothing : TRUST.counts;
    for (;;) {
      const looked = await lookAtAll(families, {known, trust, sighted, pause});
      known = looked.seen;
      const unclaimed = await unclaimedIn(looked.holders, await sighted, pause);
      if (trust === TRUST.nothing) strangers = unclaimed;
      const others = [...unclaimed].filter(inode => !strangers.has(inode));
      const isEnough =
        others.length === 0 || (trust === TRUST.numbers && !others.some(one => suspects.has(one)));
      if (isEnough) {
        suspects = new Set(others);
        const {holders} = looked;
        const inodes = others.length === 0 ? (await sighted)?.inodes : undefined;
        last = inodes ? {pids, inodes, holders} : null;
        return holders;
      }
      trust += 1;
    }
  };
}

function isSame({inodes}: Last, sightings: Sightings | null): boolean {
  return sightings !== null && haveSame(inodes, sightings.inodes);
}

/** The connections that no worker has. */
async function unclaimedIn(
  holders: Holders,
  sightings: Sightings | null,
  pause: Pause,
): Promise<ReadonlySet<number>> {
  const unclaimed = new Set<number>();
  const held = [...holders.values()];
  if (!sightings || sightings.inodes.length === held.reduce((sum, {size}) => sum + size, 0)) return unclaimed;
  await inTurns(sightings.inodes, pause, inode => {
    if (!held.some(one => one.has(inode))) unclaimed.add(inode);
  });
  return unclaimed;
}
