/** Makes what a program wrote safe for a terminal. */
import {stripVTControlCharacters} from 'node:util';
import {printable} from '../../shared/words/printable.js';

/** Cleans a line of a program's output. Colours are removed, and tabs become blanks. */
export function plainLine(text: string): string {
  return printable(stripVTControlCharacters(text).replaceAll('\t', '    ').trimEnd());
}
