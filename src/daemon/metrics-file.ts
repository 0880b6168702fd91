/** `--metrics-file`: written when something has happened, at most once a second, and every 15 seconds. */
import type {Log} from './log.js';
import type {ReplacedFile} from './system/replaced-file.js';

/** Between two writes, however much happens. */
export const LEAST_MS = 1000;
/** Without anything happening: queues, memory and processor time change by themselves. */
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
  readonly now: () => number;
  readonly log: Log;
};

export function keepMetricsFile({path, file, render, now, log}: MetricsFileContext): MetricsFile {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  const write = () => {
    const cause = file.replace(render());
    // Once, until it works again: a full disk must not fill the log.
    if (cause !== null && !failing) log({type: 'metrics-file-failed', path, cause});
    failing = cause !== null;
    writtenAt = now();
    dueAt = Number.POSITIVE_INFINITY;
    writeAt(writtenAt + MOST_MS);
  };
  const writeAt = (at: number) => {
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    // Never at once: what happens in one turn is written once.
    timer = setTimeout(write, Math.max(0, at - now()));
  };
  return {
    touch: () => writeAt(Math.max(now(), writtenAt + LEAST_MS)),
    dispose: () => {
      clearTimeout(timer);
      file.remove();
    },
  };
}
