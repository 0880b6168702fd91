/** The metrics file while ssd runs. */
import type {ReplacedFile} from '../files/replaced-file.js';
import type {Problems} from '../problems/problems.js';
import {createClock} from '../system/clock.js';
import type {Undo} from '../system/undo.js';
import {keepMetricsFile, type MetricsFile} from './file.js';

export type MetricsParts = {
  readonly daemon: {readonly metrics: () => Promise<{readonly text: string}>};
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly undo: Undo;
};

/** Writes the file from now on, and adds to `undo` what ends that. */
export function keepMetrics(
  {path, file}: {readonly path: string; readonly file: ReplacedFile},
  {daemon, problems, undo}: MetricsParts,
): MetricsFile {
  const kept = keepMetricsFile({
    path,
    file,
    render: async () => (await daemon.metrics()).text,
    createClock,
    problems,
  });
  undo.add(kept.dispose);
  return kept;
}
