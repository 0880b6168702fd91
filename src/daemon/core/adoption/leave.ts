/** What an ssd would leave if it were killed now: the part of the model that its successor can take over. */
import type {LivingGeneration} from '../generation-state.js';
import type {Model} from '../model.js';
import type {Worker} from '../worker/worker-state.js';
import type {Adopted, AdoptedGeneration, AdoptedWorker} from './adopted.js';

/** As {@link Adopted}, before the workers have an age. */
export type Remains = Omit<Adopted, 'generations' | 'workers'> & {
  readonly workers: number;
  readonly generations: readonly RemainingGeneration[];
};
export type RemainingGeneration = Omit<AdoptedGeneration, 'workers'> & {
  readonly workers: readonly Omit<AdoptedWorker, 'ageMs'>[];
};

export function remainsOf({last, workers, good, former, generations}: Model): Remains {
  const left = generations.map(remaining).filter(generation => generation.workers.length > 0);
  return {last, workers, good, former, generations: left};
}

function remaining({number, phase, release, workers}: LivingGeneration): RemainingGeneration {
  return {number, phase, release, workers: workers.flatMap(workerOf)};
}

/** Of a worker whose leader has ended only strangers are left, and one that is ordered may never run. */
function workerOf(worker: Worker): Omit<AdoptedWorker, 'ageMs'>[] {
  if (worker.phase === 'pending' || worker.phase === 'lingering') return [];
  const {id, index, pid, phase} = worker;
  return [{id, index, pid, phase}];
}
