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
import type {Holders} from './families.js';
import {createHolderSearch} from './holders.js';
import {seeConnections} from './see-connections.js';
import type {Sightings} from './sightings.js';

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
  let latest: Holders = new Map();
  const lookOnce = async (pids: readonly number[], withRows: boolean): Promise<Look> => {
    const [at, pause] = [now(), createTurns(LONGEST_MS)];
    const sighted = seeConnections(streams, withRows).catch(() => null);
    const holders = await holdersOf({pids, sighted, pause});
    const sightings = await sighted;
    if (sightings && holders !== latest) await memory.keepOnly(await sightings.index(), pause);
    latest = holders;
    const look = new Map<number, Held>();
    for (const [pid, inodes] of sightings ? holders : []) {
      const held = sightings && (await describe(inodes, {sightings, memory, at, pause}));
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

type Memory = ReturnType<typeof createMemory>;

/** Remembers when each connection began, as far as the kernel has told. */
function createMemory() {
  const begins = new Map<number, number>();
  return {
    /** The oldest of these connections, from the last time that all of them were looked at. */
    oldest: new WeakMap<ReadonlySet<number>, number>(),
    /** @returns when it began at the latest */
    beginOf: (inode: number, latest: number): number => {
      const known = begins.get(inode);
      const begin = Math.min(known ?? latest, latest);
      if (begin !== known && (known !== undefined || begins.size < MOST_REMEMBERED)) begins.set(inode, begin);
      return begin;
    },
    /** Forgets those that are gone. */
    keepOnly: (living: ReadonlyMap<number, number>, pause: Pause) =>
      inTurns(begins.keys(), pause, inode => {
        if (!living.has(inode)) begins.delete(inode);
      }),
  };
}

type Known = {
  readonly sightings: Sightings;
  readonly memory: Memory;
  readonly at: number;
  readonly pause: Pause;
};

/** @returns null if the time is up */
async function describe(inodes: ReadonlySet<number>, known: Known): Promise<Held | null> {
  const {sightings, memory, at, pause} = known;
  const count = inodes.size;
  if (count === 0) return {count, oldestMs: null, rows: []};
  const before = memory.oldest.get(inodes);
  if (sightings.rows.length === 0 && before !== undefined)
    return {count, oldestMs: Math.round(at - before), rows: []};
  const index = await sightings.index();
  const rows: Held['rows'][number][] = [];
  let oldest = at;
  const isWhole = await inTurns(inodes, pause, inode => {
    const nth = index.get(inode);
    if (nth === undefined) return;
    const begin = memory.beginOf(inode, at - (sightings.atLeastMs[nth] ?? 0));
    oldest = Math.min(oldest, begin);
    const row = sightings.rows[nth];
    if (row) rows.push({...row, ageMs: Math.round(at - begin)});
  });
  if (!isWhole) return null;
  memory.oldest.set(inodes, oldest);
  rows.sort((one, other) => other.ageMs - one.ageMs);
  return {count, oldestMs: Math.round(at - oldest), rows};
}
