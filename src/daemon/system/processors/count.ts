/** Counts the processors that this process may use. */
import {availableParallelism} from 'node:os';
import {readIfPossible} from '../../../shared/read-whole.js';
import {usableProcessors} from './usable.js';

/** @returns at least 1 */
export function countProcessors(): number {
  return usableProcessors(readIfPossible, availableParallelism());
}
