/** Reads `--order`. */
import {nearest} from '../../../shared/nearest.js';
import {ORDERS, type RestartOrder} from '../../../shared/protocol/verdict.js';
import {didYouMean} from '../../../shared/words/command-line.js';
import {invalidOption} from '../../../shared/words/errors.js';
import type {RawOptions} from '../options.js';

/**
 * Refuses what needs two generations at a time.
 *
 * @throws {Refusal} `option-invalid`
 */
export function readRestartOrder(options: RawOptions): RestartOrder {
  const value = options.order ?? 'overlap';
  const order = ORDERS.find(known => known === value);
  if (order === undefined) {
    const meant = didYouMean(nearest(value, ORDERS));
    throw invalidOption('order', value, `expected ${ORDERS.join(' or ')}${meant}`);
  }
  if (order === 'overlap') return order;
  if (options['max-memory'] !== undefined)
    throw invalidOption(
      'order',
      value,
      'it does not work with --max-memory, which starts a worker beside the one that it replaces',
    );
  for (const option of ['bake', 'rolling'] as const)
    if (options[option] !== undefined)
      throw invalidOption(
        'order',
        value,
        `it does not work with --${option}, which needs two generations at a time`,
      );
  return order;
}
