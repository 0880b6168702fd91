/**
 * Takes requests at a pace that leaves ssd most of its time. A few at a time are answered, and when that has taken more than
 * a part of the time that has passed, the next ones wait. Otherwise clients that ask again as soon as they are answered would
 * have the event loop to themselves, and a restart would come between.
 */

export type Pace = {
  /** Acts at once, or when those who came before are through. */
  readonly enter: (act: () => void) => void;
};

/** How many are answered in one turn of the event loop. */
const BATCH = 8;
/** The part of the time that they may take, in the long run. */
const SHARE = 0.25;
/** What may be taken at once after a quiet time: some 100 requests. */
const MOST_SAVED_MS = 50;
/** The longest pause, however long a turn has taken on a machine that is busy with something else. */
const MOST_PAUSE_MS = 200;

/** @param now monotonic milliseconds */
export function createPace(now: () => number): Pace {
  const waiting: (() => void)[] = [];
  let [saved, countedAt] = [MOST_SAVED_MS, now()];
  /** How many more may be answered in the turn that has begun; null: none has begun. */
  let left: number | null = null;
  const begin = () => {
    const startedAt = now();
    saved = Math.min(MOST_SAVED_MS, saved + (startedAt - countedAt) * SHARE);
    countedAt = startedAt;
    setImmediate(end, startedAt);
    return BATCH;
  };
  const end = (startedAt: number) => {
    saved = Math.max(saved - (now() - startedAt), -MOST_PAUSE_MS * SHARE);
    left = 0;
    if (saved < 0) setTimeout(goOn, -saved / SHARE).unref();
    else goOn();
  };
  const goOn = () => {
    left = null;
    for (const act of waiting.splice(0, BATCH)) take(act);
  };
  const take = (act: () => void) => {
    left = (left ?? begin()) - 1;
    act();
  };
  return {
    enter: act => {
      if (left === 0) waiting.push(act);
      else take(act);
    },
  };
}
