import type {Effect} from '../../../src/daemon/core/types.js';
import type {Simulation} from './simulation.js';

/** Collects the effects of one type from now on. */
export function collect<T extends Effect['type']>(
  simulation: Simulation,
  type: T,
): Extract<Effect, {type: T}>[] {
  const collected: Extract<Effect, {type: T}>[] = [];
  const isWanted = (effect: Effect): effect is Extract<Effect, {type: T}> => effect.type === type;
  simulation.observe = ({effects}) => collected.push(...effects.filter(isWanted));
  return collected;
}
