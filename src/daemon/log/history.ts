/** The last things that have happened, kept in memory for `ssctl events`. */
import type {Event, Recorded} from '../../shared/protocol/event.js';

/** How many are kept; a restart of one worker makes about eight. */
export const HISTORY_KEPT = 1000;

export type History = {
  readonly record: (event: Event) => void;
  /** @param ageMs how far back; null: all that is kept. The oldest first */
  readonly since: (ageMs: number | null) => readonly Recorded[];
  /** Hears of all that comes. @returns ends it */
  readonly follow: (listener: (event: Recorded) => void) => () => void;
};

/** @param timeOfDay what the wall clock says */
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

/** A thousand failures with all that was quoted of each would be more than a client is sent at once. */
function withoutQuotes(event: Event): Event {
  return event.type === 'start-failed' ? {...event, stderr: null} : event;
}
