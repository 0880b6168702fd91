/** Who counts in the current generation while one of its workers is being replaced because of its memory. */
import {pidsOf, type ReadyGeneration, untoldOf} from '../generation-state.js';
import type {Model} from '../model.js';

/** The workers that are not told to finish, without a successor that is not ready yet. */
export function stayingPids(model: Model, current: ReadyGeneration): readonly number[] {
  const workers = untoldOf(current).filter(({id}) => !isSpare(model, current.number, id));
  return pidsOf({...current, workers});
}

/** Whether the place of this worker is still that of another one. */
export function isSpare({replacement}: Model, generation: number, worker: number): boolean {
  return replacement?.generation === generation && replacement.successor === worker;
}
