/** `--metrics-file`: written after an event, at most once a second, and at least every 15 seconds. */

import type {ReplacedFile} from '../files/replaced-file.js';
import type {Problems} from '../problems/problems.js';
import type {Clock} from '../system/clock.js';

/** The shortest time between two writes. */
export const LEAST_MS = 1000;
/** The longest time between two writes. Queues, memory and processor time change without an event. */
export const MOST_MS = 15_000;

/** Earlier than any moment, so that nothing else is planned until the present write has ended. */
const WRITING = Number.NEGATIVE_INFINITY;

export type MetricsFile = {
  /** Something has happened: write soon. */
  readonly touch: () => void;
  /** Stops writing and removes the file. */
  readonly dispose: () => void;
};

export type MetricsFileContext = {
  readonly path: string;
  readonly file: Pick<ReplacedFile, 'replace' | 'remove'>;
  readonly render: () => Promise<string>;
  readonly createClock: (onTime: () => void) => Clock;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};

/** The first write follows the first `touch`. A failed write is tried again at the next time. */
export function keepMetricsFile({
  path,
  file,
  render,
  createClock,
  problems,
}: MetricsFileContext): MetricsFile {
  let earliest = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  let isOver = false;
  let touchedMeanwhile = false;
  const plan = (at: number) => {
    dueAt = at;
    clock.setTimer(at);
  };
  const write = async () => {
    dueAt = WRITING;
    touchedMeanwhile = false;
    const text = await render().catch((error: Error) => error);
    if (isOver) return;
    const cause = text instanceof Error ? text.message : file.replace(text);
    if (cause === null) problems.solve('metrics-file', path);
    else problems.raise({code: 'metrics-file', subject: path, cause});
    const now = clock.now();
    earliest = now + LEAST_MS;
    plan(touchedMeanwhile ? earliest : now + MOST_MS);
  };
  const clock = createClock(() => void write());
  return {
    touch: () => {
      touchedMeanwhile = true;
      const at = Math.max(clock.now(), earliest);
      if (at < dueAt) plan(at);
    },
    dispose: () => {
      isOver = true;
      clock.dispose();
      file.remove();
    },
  };
}
