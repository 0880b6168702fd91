/**
 * The open connections of the workers. /proc tells which sockets a process has, netlink which sockets are connections of a
 * listener; the inode joins the two. An accepted socket stays in the control group of its listener, so that does not tell.
 *
 * 10,000 connections take some tens of milliseconds: a system call for each. So the looks are in short turns, those who ask
 * at once share one, and no restart waits for one.
 */

import type {Connection} from '../../shared/protocol/connection.js';
import type {Listener} from '../sockets/listeners.js';
import {createHolderSearch, type Holders} from './holders.js';
import {type Sightings, seeConnections} from './sightings.js';

/** So long after a look the kernel is not asked again how old each connection is at least. */
const FRESH_MS = 10_000;
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
  const firstSeen = new Map<number, number>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  const holdersOf = createHolderSearch();
  const lookOnce = async (pids: readonly number[], withRows: boolean): Promise<Look> => {
    const at = now();
    const withTimes = withRows || at - lookedAt > FRESH_MS;
    lookedAt = at;
    const sighted = seeConnections(streams, {withRows, withTimes}).catch(() => null);
    const holders = await holdersOf(pids, sighted);
    const sightings = (await sighted) ?? new Map();
    remember(firstSeen, {holders, sightings, at});
    return new Map([...holders].map(([pid, inodes]) => [pid, describe(inodes, {sightings, firstSeen, at})]));
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

type Seen = {readonly holders: Holders; readonly sightings: Sightings; readonly at: number};

/** Notes when each began, as far as the kernel tells, and forgets those that are gone. */
function remember(firstSeen: Map<number, number>, {holders, sightings, at}: Seen): void {
  for (const inode of firstSeen.keys()) if (!sightings.has(inode)) firstSeen.delete(inode);
  for (const inodes of holders.values()) {
    for (const inode of inodes) {
      if (firstSeen.size >= MOST_REMEMBERED) return;
      if (!firstSeen.has(inode)) firstSeen.set(inode, at - (sightings.get(inode)?.atLeastMs ?? 0));
    }
  }
}

type Known = Pick<Seen, 'sightings' | 'at'> & {readonly firstSeen: ReadonlyMap<number, number>};

function describe(inodes: ReadonlySet<number>, {sightings, firstSeen, at}: Known): Held {
  let oldestMs: number | null = null;
  const rows: Held['rows'][number][] = [];
  for (const inode of inodes) {
    const sighting = sightings.get(inode);
    const known = at - (firstSeen.get(inode) ?? at);
    const ageMs = Math.round(Math.max(sighting?.atLeastMs ?? 0, known));
    oldestMs = Math.max(oldestMs ?? 0, ageMs);
    if (sighting?.row) rows.push({...sighting.row, ageMs});
  }
  rows.sort((one, other) => other.ageMs - one.ageMs);
  return {count: inodes.size, oldestMs, rows};
}
