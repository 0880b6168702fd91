/** The only reader of the clocks. The core uses monotonic time: milliseconds since the machine started. */
import {monotonicMs} from '../../shared/monotonic.js';

export type Clock = {
  readonly now: () => number;
  /** Calls `onTime` once, at `at` or later. Replaces an earlier timer; null: no timer. */
  readonly setTimer: (at: number | null) => void;
  readonly dispose: () => void;
};

/** The longest wait of a Node timer. A longer wait is taken in steps. */
const LONGEST_MS = 2 ** 31 - 1;

/** The time of day, for people. */
export function systemNow(): Date {
  return new Date();
}

/** The present moment: whole milliseconds of the monotonic clock. */
export function now(): number {
  return Math.floor(monotonicMs());
}

/** @param onTime called when the timer fires; it may set the timer again */
export function createClock(onTime: () => void): Clock {
  let cancel = () => {};
  const setTimer = (at: number | null) => {
    cancel();
    cancel = () => {};
    if (at === null) return;
    const wait = at - now();
    // Node may fire a fraction of a millisecond early. The core would find nothing due, so look again.
    const fire = () => (now() < at ? setTimer(at) : onTime());
    if (wait <= 0) {
      // Two immediates: the event loop then goes round once, and looks at signals and sockets, wherever it is now.
      let immediate = setImmediate(() => {
        immediate = setImmediate(fire);
      });
      cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(fire, Math.min(Math.ceil(wait), LONGEST_MS));
      cancel = () => clearTimeout(timer);
    }
  };
  return {now, setTimer, dispose: () => setTimer(null)};
}

/** Signals do not keep a Node process alive, and an idle ssd has no timer. This keeps it alive without waking it. */
export function stayAlive(): () => void {
  const {port1} = new MessageChannel();
  port1.onmessage = () => {};
  return () => port1.close();
}
