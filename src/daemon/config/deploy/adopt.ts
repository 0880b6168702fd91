/** Reads `--adopt` and `--on-death`: what becomes of the workers of an ssd that is killed. */
import type {OnDeath} from '../../../shared/state/state.js';
import {invalidOption} from '../../../shared/words/errors.js';
import type {RawOptions} from '../options.js';
import {ADOPT, ON_DEATH} from './options.js';

/**
 * @returns whether to take over what an ssd that was killed has left
 * @throws {Refusal} `option-invalid`
 */
export function readAdopt({adopt: value = 'auto'}: RawOptions): boolean {
  if (!ADOPT.some(known => known === value))
    throw invalidOption('adopt', value, `expected ${ADOPT.join(' or ')}`);
  return value === 'auto';
}

/** @throws {Refusal} `option-invalid` */
export function readOnDeath({'on-death': value = 'keep'}: RawOptions): OnDeath {
  const found = ON_DEATH.find(known => known === value);
  if (found) return found;
  throw invalidOption(
    'on-death',
    value,
    `expected ${ON_DEATH.slice(0, -1).join(', ')} or ${ON_DEATH.at(-1)}`,
  );
}
