/** Long work in short turns, so that the event loop runs between them, and with an end. */
import {setImmediate as nextTurn} from 'node:timers/promises';
import {monotonicMs} from '../../../shared/monotonic.js';

const SLICE_MS = 2;
/** After so many items it is seen whether others wait for their turn. */
const EACH_TURN = 64;

/** Call it often: it resolves at once, or after the event loop has had its turn. false: the time is up. */
export type Pause = () => Promise<boolean>;

/** @param longestMs a busy machine can keep ssd from its work for a while */
export function createTurns(longestMs: number): Pause {
  const startedAt = monotonicMs();
  let sliceAt = startedAt;
  return async () => {
    if (monotonicMs() - sliceAt > SLICE_MS) {
      await nextTurn();
      sliceAt = monotonicMs();
    }
    return monotonicMs() - startedAt <= longestMs;
  };
}

/** @param act takes microseconds. @returns false if the time was up before the last item */
export async function inTurns<T>(items: Iterable<T>, pause: Pause, act: (item: T) => void): Promise<boolean> {
  let nth = 0;
  for (const item of items) {
    if (nth % EACH_TURN === 0 && !(await pause())) return false;
    nth += 1;
    act(item);
  }
  return true;
}
