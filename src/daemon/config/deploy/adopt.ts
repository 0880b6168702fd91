/** Reads `--adopt`. */
import {invalidOption} from '../../../shared/words/errors.js';
import type {RawOptions} from '../options.js';
import {ADOPT} from './options.js';

/**
 * @returns whether to take over what an ssd that was killed has left
 * @throws {Refusal} `option-invalid`
 */
export function readAdopt({adopt: value = 'auto'}: RawOptions): boolean {
  if (!ADOPT.some(known => known === value))
    throw invalidOption('adopt', value, `expected ${ADOPT.join(' or ')}`);
  return value === 'auto';
}
