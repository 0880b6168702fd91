/** The latest events, kept in memory for `ssctl events`. */
import type {Event, Recorded} from '../../shared/protocol/event.js';

/** How many events are kept. A restart of one worker makes about eight. */
export const HISTORY_KEPT = 1000;

export type History = {
  readonly record: (event: Event) => void;
  /** @param ageMs how far back to go; null means all. @returns the oldest first */
  readonly since: (ageMs: number | null) => readonly Recorded[];
  /** Calls the listener for every event from now on. @returns a function that ends this */
  readonly follow: (listener: (event: Recorded) => void) => () => void;
};

/** @param timeOfDay reads the wall clock */
export function createHistory(timeOfDay: () => Date): History {
  const kept: Recorded[] = [];
  const listeners = new Set<(event: Recorded) => void>();
  let seq = 0;
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
    follow: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A thousand failures with all their quotes would exceed what a client is sent at once. */
function withoutQuotes(event: Event): Event {
  return event.type === 'start-failed' ? {...event, stderr: null} : event;
}
