/** Deaths of ssd in a storm. They have worlds and a chance of their own, so that other things happen as often. */
import {createRandom} from '../world/random.js';
import type {Action} from './scenario.js';

/** ssd is killed in one world of this many, whatever else happens in it. */
const DEADLY = 3;
const MOST_DEATHS = 3;
/** A chance of its own for each seed. */
const ANOTHER = 2 ** 30;

/** Kills ssd between any two actions. */
export function withDeaths(actions: readonly Action[], seed: number): readonly Action[] {
  const {below} = createRandom(seed + ANOTHER);
  if (below(DEADLY) !== 0) return actions;
  const deaths = 1 + below(MOST_DEATHS);
  return Array.from({length: deaths}).reduce<readonly Action[]>(all => {
    const at = below(all.length + 1);
    return [...all.slice(0, at), {type: 'die'}, ...all.slice(at)];
  }, actions);
}
