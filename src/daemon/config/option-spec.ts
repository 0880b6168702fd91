/** What is said of an option of ssd, in the list of `options.ts`. */
import type {ValueKind} from '../../shared/complete-value.js';

export type OptionSpec = {
  readonly type: 'string' | 'boolean' | 'array';
  readonly description: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  /** The value of the option without one. It takes a value only after `=`. */
  readonly bare?: string;
  readonly completes?: ValueKind;
  readonly choices?: readonly string[];
  readonly defaultDescription?: string;
  /** A configuration file may give a number instead of text. */
  readonly numeric?: true;
};
