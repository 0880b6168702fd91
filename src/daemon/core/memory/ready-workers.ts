/** Whose memory counts (`--max-memory`): a worker that starts may take more for a moment, and one that finishes is on its way. */
import {currentOf, type Model} from '../model.js';

export type MeasuredWorker = {readonly generation: number; readonly worker: number; readonly pid: number};

/** The ready workers of the current generation. */
export function readyWorkers(model: Model): readonly MeasuredWorker[] {
  const current = currentOf(model);
  if (!current) return [];
  return current.workers.flatMap(worker =>
    worker.phase === 'ready' ? [{generation: current.number, worker: worker.id, pid: worker.pid}] : [],
  );
}
