import type {Model} from '../core/model.js';

/** Whether a worker has yet to say that it is ready: in a generation that starts, or added to one that serves. */
export function isStarting({generations}: Pick<Model, 'generations'>): boolean {
  return generations.some(
    ({phase, workers}) =>
      phase === 'starting' ||
      workers.some(worker => worker.phase === 'pending' || worker.phase === 'starting'),
  );
}
