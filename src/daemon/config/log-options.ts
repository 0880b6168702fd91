/** The options of the log. */
import {EMPTY_VALUE} from '../../shared/words/command-line.js';
import {invalidOption} from '../../shared/words/errors.js';

/** A command of nothing would end at once, again and again, and every line of the log with it. */
const NOTHING = /^\s*\|?\s*$/;

/** @throws {Refusal} `option-invalid` */
export function readLogFile(value: string | undefined): string | null {
  if (value === undefined) return null;
  if (NOTHING.test(value)) throw invalidOption('log-file', value, EMPTY_VALUE);
  // Other programs take it for a standard stream, and nobody means a file of this name.
  if (value === '-') {
    const problem = '- is not standard output: leave the option out, or give /dev/stdout, or ./- for a file';
    throw invalidOption('log-file', value, problem);
  }
  return value;
}
