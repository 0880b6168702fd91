/** `--metrics-file`: written when something has happened, at most once a second, and every 15 seconds. */

import type {ReplacedFile} from '../files/replaced-file.js';
import type {Log} from '../log/log.js';
import type {Clock} from '../system/clock.js';

/** Between two writes, however much happens. */
export const LEAST_MS = 1000;
/** Without anything event: queues, memory and processor time change by themselves. */
export const MOST_MS = 15_000;

export type MetricsFile = {
  /** Something has happened. */
  readonly touch: () => void;
  /** Writes no more, and removes the file. */
  readonly dispose: () => void;
};

export type MetricsFileContext = {
  readonly path: string;
  readonly file: ReplacedFile;
  readonly render: () => string;
  readonly createClock: (onTime: () => void) => Clock;
  readonly log: Log;
};

export function keepMetricsFile({path, file, render, createClock, log}: MetricsFileContext): MetricsFile {
  let earliest = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  let failing = false;
  const clock = createClock(() => {
    const cause = file.replace(render());
    // Once, until it works again: a full disk must not fill the log.
    if (cause !== null && !failing) log({type: 'metrics-file-failed', path, cause});
    failing = cause !== null;
    const now = clock.now();
    earliest = now + LEAST_MS;
    dueAt = now + MOST_MS;
    clock.setTimer(dueAt);
  });
  return {
    touch: () => {
      const at = Math.max(clock.now(), earliest);
      if (at >= dueAt) return;
      dueAt = at;
      clock.setTimer(at);
    },
    dispose: () => {
      clock.dispose();
      file.remove();
    },
  };
}
