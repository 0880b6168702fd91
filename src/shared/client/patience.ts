/** Waiting with a time limit. */

import {monotonicMs} from '../monotonic.js';
import {type Failure, Refusal} from '../words/errors.js';

/**
 * Waits for `promise`, but no longer than `ms`. null waits forever.
 *
 * @throws {Refusal} with `failure` when the time is over
 */
export async function within<T>(promise: Promise<T>, ms: number | null, failure: Failure): Promise<T> {
  if (ms === null) return promise;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    // What has arrived by then counts. Node comes to it after its timers: this process may have been stopped for a while.
    const end = () => setImmediate(() => reject(new Refusal(failure)));
    timer = setTimeout(end, Math.min(ms, LONGEST_MS));
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The longest wait of a Node timer: 24 days. No client waits that long. */
const LONGEST_MS = 2 ** 31 - 1;

/** Polls `isDone` every `POLL_MS`. Use it only where there is no event, as for the end of a foreign process. */
export async function until(isDone: () => boolean, ms: number | null, failure: Failure): Promise<void> {
  const deadline = ms === null ? Number.POSITIVE_INFINITY : monotonicMs() + ms;
  while (!isDone()) {
    if (monotonicMs() >= deadline) throw new Refusal(failure);
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
}

const POLL_MS = 10;
