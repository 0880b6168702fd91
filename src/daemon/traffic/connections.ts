/**
 * The open connections of the workers. /proc tells which sockets a process has, netlink which sockets are connections of a
 * listener; the inode joins the two. An accepted socket stays in the control group of its listener, so that does not tell.
 *
 * 10,000 connections take some tens of milliseconds: a system call for each. So the looks are in short turns, those who ask
 * at once share one, and no restart waits for one.
 */

import type {Connection} from '../../shared/protocol/connection.js';
import type {Listener} from '../sockets/listener.js';
import {createTurns, inTurns, type Pause} from '../system/processes/turns.js';
import {createHolderSearch} from './holders.js';
import {type Sightings, seeConnections} from './sightings.js';

/** After this time what was not looked at is unknown. */
const LONGEST_MS = 3000;
/** Of more connections it is not remembered when they were seen first. */
const MOST_REMEMBERED = 65_536;

/** Of one worker. */
export type Held = {
  readonly count: number;
  /** How old the oldest is at least; null if there is none. */
  readonly oldestMs: number | null;
  /** The oldest first. Empty if only the numbers were asked for. */
  readonly rows: readonly Omit<Connection, 'worker' | 'generation'>[];
};

/** By pid. A worker that is missing is unknown: the system does not tell, or it has ended. */
export type Look = ReadonlyMap<number, Held>;

export type ConnectionReader = {
  /** @param pids all living workers */
  readonly look: (pids: readonly number[], withRows?: boolean) => Promise<Look>;
};

export type ConnectionContext = {
  readonly listeners: readonly Listener[];
  readonly now: () => number;
};

export function createConnectionReader({listeners, now}: ConnectionContext): ConnectionReader {
  const streams = listeners.filter(({type}) => type !== 'udp');
  const underWay = new Map<string, Promise<Look>>();
  const memory = createMemory();
  const holdersOf = createHolderSearch();
  const lookOnce = async (pids: readonly number[], withRows: boolean): Promise<Look> => {
    const [at, pause] = [now(), createTurns(LONGEST_MS)];
    const sighted = seeConnections(streams, withRows).catch(() => null);
    const holders = await holdersOf({pids, sighted, pause});
    const sightings = (await sighted) ?? new Map();
    await memory.keepOnly(sightings, pause);
    const look = new Map<number, Held>();
    for (const [pid, inodes] of holders) {
      const ageOf = (inode: number, atLeastMs: number) => memory.ageOf(inode, at, atLeastMs);
      const held = await describe(inodes, {sightings, pause, ageOf});
      if (held) look.set(pid, held);
    }
    return look;
  };
  return {
    look: (pids, withRows = false) => {
      if (streams.length === 0 || pids.length === 0) return Promise.resolve(new Map());
      const key = `${withRows} ${pids.join()}`;
      const known = underWay.get(key);
      if (known) return known;
      const looking = lookOnce(pids, withRows).finally(() => underWay.delete(key));
      underWay.set(key, looking);
      return looking;
    },
  };
}

/** Remembers when each connection began, as far as the kernel has told. */
function createMemory() {
  const begins = new Map<number, number>();
  return {
    /** @returns how old it is at least */
    ageOf: (inode: number, at: number, atLeastMs: number): number => {
      const known = begins.get(inode);
      const begin = Math.min(known ?? at, at - atLeastMs);
      if (begin !== known && (known !== undefined || begins.size < MOST_REMEMBERED)) begins.set(inode, begin);
      return Math.round(at - begin);
    },
    /** Forgets those that are gone. */
    keepOnly: (sightings: Sightings, pause: Pause) =>
      inTurns(begins.keys(), pause, inode => {
        if (!sightings.has(inode)) begins.delete(inode);
      }),
  };
}

type Known = {
  readonly sightings: Sightings;
  readonly ageOf: (inode: number, atLeastMs: number) => number;
  readonly pause: Pause;
};

/** @returns null if the time is up */
async function describe(inodes: ReadonlySet<number>, {sightings, ageOf, pause}: Known): Promise<Held | null> {
  let oldestMs: number | null = null;
  const rows: Held['rows'][number][] = [];
  const isWhole = await inTurns(inodes, pause, inode => {
    const sighting = sightings.get(inode);
    if (!sighting) return;
    const ageMs = ageOf(inode, sighting.atLeastMs);
    oldestMs = Math.max(oldestMs ?? 0, ageMs);
    if (sighting.row) rows.push({...sighting.row, ageMs});
  });
  if (!isWhole) return null;
  rows.sort((one, other) => other.ageMs - one.ageMs);
  return {count: inodes.size, oldestMs, rows};
}
