/** What it means to serve clients: one definition for `ssctl status`, `list` and `wait`, and for the metrics. */
import type {Status, WorkerStatus} from './status.js';

/** A worker that was told to finish does not serve, and neither does one that is stopped by a signal. */
export function serves({phase, stopped}: Pick<WorkerStatus, 'phase' | 'stopped'>): boolean {
  return phase === 'ready' && !stopped;
}

/**
 * The newest generation with a worker that serves; null if none does. A generation that starts does not serve before all
 * of its workers are ready. The workers of an older generation count until they are told to finish.
 *
 * @param isServing asks what a worker does now, where that is not filled in
 */
export function servingGeneration(
  {generations}: Pick<Status, 'generations'>,
  isServing: (worker: WorkerStatus) => boolean = serves,
): number | null {
  const serving = generations.filter(({phase, workers}) => phase !== 'starting' && workers.some(isServing));
  return serving.length === 0 ? null : Math.max(...serving.map(({generation}) => generation));
}
