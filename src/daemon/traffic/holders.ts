/**
 * Which connections each worker and its descendants have. A look at a descriptor is a system call, and the kernel makes an
 * entry for each that it lists. So what an earlier look has found is believed as far as it fits to the connections that the
 * kernel tells of. Each of them has a worker; one that has none shows that more has to be looked at.
 */
import {inTurns, type Pause} from '../system/processes/turns.js';
import {familiesOf, type Holders, type Known, lookAtAll, TRUST} from './families.js';
import type {Sightings} from './sightings.js';

export type Asked = {
  readonly pids: readonly number[];
  readonly sighted: Promise<Sightings | null>;
  readonly pause: Pause;
};

export type HolderSearch = (asked: Asked) => Promise<Holders>;

export function createHolderSearch(): HolderSearch {
  let known: Known = new Map();
  /** Had no worker when everything was looked at. */
  let strangers: ReadonlySet<number> = new Set();
  /** Had no worker at the last look. Most of such connections were just accepted or closed. */
  let suspects: ReadonlySet<number> = new Set();
  return async ({pids, sighted, pause}) => {
    const families = await familiesOf(pids, known, pause);
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
        return looked.holders;
      }
      trust += 1;
    }
  };
}

/** The connections that no worker has. */
async function unclaimedIn(
  holders: Holders,
  sightings: Sightings | null,
  pause: Pause,
): Promise<ReadonlySet<number>> {
  const unclaimed = new Set<number>();
  const held = [...holders.values()];
  if (!sightings || sightings.size === held.reduce((sum, {size}) => sum + size, 0)) return unclaimed;
  await inTurns(sightings.keys(), pause, inode => {
    if (!held.some(one => one.has(inode))) unclaimed.add(inode);
  });
  return unclaimed;
}
