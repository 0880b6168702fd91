/**
 * What befalls ssd itself in a storm: it is killed, or another image takes its place. Each has worlds and a chance of its
 * own, so that other things happen as often.
 */
import {createRandom} from '../world/random.js';
import type {Action} from './scenario.js';

/** It happens in one world of this many, whatever else happens there. */
const ONE_OF = 3;
const MOST = 3;

/** A chance of its own for each seed. */
const DEATHS = 2 ** 30;
const UPGRADES = 2 ** 29;

/** Puts these between any two actions. */
export function withInterruptions(actions: readonly Action[], seed: number): readonly Action[] {
  return insert(insert(actions, {type: 'die'}, seed + DEATHS), {type: 'upgrade'}, seed + UPGRADES);
}

function insert(actions: readonly Action[], one: Action, seed: number): readonly Action[] {
  const {below} = createRandom(seed);
  if (below(ONE_OF) !== 0) return actions;
  const times = 1 + below(MOST);
  return Array.from({length: times}).reduce<readonly Action[]>(all => {
    const at = below(all.length + 1);
    return [...all.slice(0, at), one, ...all.slice(at)];
  }, actions);
}
