/** Reads `--order`. */
import {ORDERS, type RestartOrder} from '../../../shared/protocol/verdict.js';
import {invalidOption} from '../../../shared/words/errors.js';
import type {RawOptions} from '../options.js';
import {readChoice} from '../values.js';

/**
 * Refuses what needs two generations at a time.
 *
 * @throws {Refusal} `option-invalid`
 */
export function readRestartOrder(options: RawOptions): RestartOrder {
  const order = readChoice(options, 'order', ORDERS) ?? 'overlap';
  if (order === 'overlap') return order;
  if (options['max-memory'] !== undefined)
    throw invalidOption(
      'order',
      order,
      'it does not work with --max-memory, which starts a worker beside the one that it replaces',
    );
  for (const option of ['bake', 'rolling'] as const)
    if (options[option] !== undefined)
      throw invalidOption(
        'order',
        order,
        `it does not work with --${option}, which needs two generations at a time`,
      );
  return order;
}
