/** `--metrics-file`: written when something has happened, at most once a second, and every 15 seconds. */

import type {ReplacedFile} from '../files/replaced-file.js';
import type {Problems} from '../problems/problems.js';
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
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};

export function keepMetricsFile({
  path,
  file,
  render,
  createClock,
  problems,
}: MetricsFileContext): MetricsFile {
  let earliest = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  const clock = createClock(() => {
    const cause = file.replace(render());
    if (cause === null) problems.solve('metrics-file', path);
    else problems.raise({code: 'metrics-file', subject: path, cause});
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
