/** Shrinks a failing scenario as long as it still breaks the same rule. */

import type {Scenario} from './storm/scenario.js';
import {HEALTHY} from './world/fate.js';
import {DEFAULTS} from './world/options.js';

/** @param isBroken whether a smaller scenario still breaks the rule */
export function shrink(scenario: Scenario, isBroken: (smaller: Scenario) => boolean): Scenario {
  let smallest = scenario;
  const adopt = () => {
    for (const candidate of smallerOnes(smallest)) {
      if (!isBroken(candidate)) continue;
      smallest = candidate;
      return true;
    }
    return false;
  };
  while (adopt());
  return smallest;
}

/** Smaller scenarios, the boldest first. Each is smaller than its origin, so shrinking ends. */
function* smallerOnes(scenario: Scenario): Generator<Scenario> {
  const {actions, options, ties} = scenario;
  const {fates} = options;
  if (ties !== null) yield {...scenario, ties: null};
  for (const shorter of shorterOnes(actions)) yield {...scenario, actions: shorter};
  for (const shorter of shorterOnes(fates)) yield {...scenario, options: {...options, fates: shorter}};
  for (const shorter of shorterOnes(options.checks))
    yield {...scenario, options: {...options, checks: shorter}};
  for (const plainer of plainerOnes(options, DEFAULTS)) yield {...scenario, options: plainer};
  for (const [nth, fate] of fates.entries()) {
    for (const plainer of plainerOnes(fate, HEALTHY)) {
      yield {...scenario, options: {...options, fates: fates.with(nth, plainer)}};
    }
  }
}

/** The list without each half, each quarter, … each single item. */
function* shorterOnes<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < list.length; from += size) {
      yield [...list.slice(0, from), ...list.slice(from + size)];
    }
  }
}

/** The scenario with one value set to its default. */
function* plainerOnes<T extends object>(value: T, plain: T): Generator<T> {
  for (const key of Object.keys(value) as (keyof T)[]) {
    if (key === 'fates' || key === 'checks') continue;
    if (JSON.stringify(value[key]) !== JSON.stringify(plain[key])) yield {...value, [key]: plain[key]};
  }
}
