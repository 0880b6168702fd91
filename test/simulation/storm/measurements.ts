/** Measurements of memory in a storm. They have worlds and a chance of their own, so that other things happen as often. */
import {createRandom} from '../world/random.js';
import type {Action} from './scenario.js';

/** Workers are measured in one world of this many. */
const MEASURED = 3;

export const MAX_MEMORY = 1000;

/** Adds measurements, with time for a successor after some of them. */
export function withMeasurements(actions: readonly Action[], seed: number): readonly Action[] {
  if (seed % MEASURED !== 0) return actions;
  const {below, pick} = createRandom(-seed);
  return actions.flatMap((action): readonly Action[] => {
    if (below(3) === 0) return [action];
    const bytes = pick([MAX_MEMORY, MAX_MEMORY + 1, 5000]);
    const heavy: Action = {type: 'heavy', nth: below(8), bytes};
    return [action, heavy, {type: 'advance', ms: pick([0, 0, 300, 1000, 3000])}];
  });
}
