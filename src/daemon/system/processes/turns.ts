/** Long work in short turns, so that the event loop runs between them, and with an end. */
import {setImmediate as nextTurn} from 'node:timers/promises';
import {monotonicMs} from '../../shared/monotonic.js';

const SLICE_MS = 2;

/** @returns a function to call often: it resolves at once, or after the event loop has had its turn; false: the time is up */
export function createTurns(longestMs: number): () => Promise<boolean> {
  const startedAt = monotonicMs();
  let sliceAt = startedAt;
  return async () => {
    if (monotonicMs() - sliceAt > SLICE_MS) {
      await nextTurn();
      sliceAt = monotonicMs();
    }
    return monotonicMs() - startedAt < longestMs;
  };
}
