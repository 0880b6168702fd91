/** Counts the processors that this process may use. */
import {availableParallelism} from 'node:os';
import {readWhole} from '../../../shared/read-whole.js';
import {usableProcessors} from './usable.js';

/** @returns at least 1 */
export function countProcessors(): number {
  return usableProcessors(readText, availableParallelism());
}

function readText(path: string): string | null {
  try {
    return readWhole(path);
  } catch {
    // No /proc, or a group without this controller.
    return null;
  }
}
