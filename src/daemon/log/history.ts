/** The latest events, kept in memory for `ssctl events`. */
import type {Event, Recorded} from '../../shared/protocol/event.js';
import type {HandedOver} from '../handover/handed-over.js';

/** How many events are kept. A restart of one worker makes about eight. */
export const HISTORY_KEPT = 1000;

export type History = {
  readonly record: (event: Event) => void;
  /** @param ageMs how far back to go; null means all. @returns the oldest first */
  readonly since: (ageMs: number | null) => readonly Recorded[];
  /** The number of the latest event, 0 before the first. */
  readonly last: () => number;
  /** What has come after the event with this number, the oldest first. */
  readonly after: (seq: number) => readonly Recorded[];
  /** Calls the listener for every event from now on. @returns a function that ends this */
  readonly follow: (listener: (event: Recorded) => void) => () => void;
  readonly handOver: () => HandedOver<HistoryState>;
};

/** A later version reads it: its names are a contract. */
export type HistoryState = {
  /** The oldest first. */
  readonly kept: readonly Recorded[];
  /** The number of the latest event. */
  readonly seq: number;
};

/**
 * @param timeOfDay reads the wall clock
 * @param revived what the ssd before this one has recorded; the numbers go on
 */
export function createHistory(timeOfDay: () => Date, revived: HistoryState | null): History {
  const kept: Recorded[] = [...(revived?.kept ?? [])];
  const listeners = new Set<(event: Recorded) => void>();
  let seq = revived?.seq ?? 0;
  return {
    record: event => {
      seq += 1;
      const recorded: Recorded = {seq, at: timeOfDay().toISOString(), ...withoutQuotes(event)};
      kept.push(recorded);
      if (kept.length > HISTORY_KEPT) kept.shift();
      for (const listener of listeners) listener(recorded);
    },
    since: ageMs => {
      if (ageMs === null) return [...kept];
      const from = timeOfDay().getTime() - ageMs;
      return kept.filter(({at}) => Date.parse(at) >= from);
    },
    last: () => seq,
    after: number => kept.filter(one => one.seq > number),
    follow: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    handOver: () => ({state: {kept: [...kept], seq}, fds: []}),
  };
}

/** A thousand failures with all their quotes would exceed what a client is sent at once. */
function withoutQuotes(event: Event): Event {
  return event.type === 'start-failed' ? {...event, stderr: null} : event;
}
