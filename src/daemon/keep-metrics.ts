/** The metrics file while ssd runs. */
import type {Daemon} from './control/handlers.js';
import {keepMetricsFile, type MetricsFile} from './metrics/file.js';
import type {Problems} from './problems/problems.js';
import type {Resources} from './resources/list.js';
import {createClock} from './system/clock.js';
import type {Undo} from './system/undo.js';

export type MetricsParts = {
  readonly daemon: Daemon;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly undo: Undo;
};

/** Writes the file from now on, and adds to `undo` what ends that. */
export function keepMetrics(
  {path, file}: NonNullable<Resources['metricsFile']>,
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
