/** Makes external text safe for a terminal. */
import {stripVTControlCharacters} from 'node:util';

/** Replaces control characters, so that external text cannot move the cursor. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

/** Cleans a line of a program's output. Colours are removed, and tabs become blanks. */
export function plainLine(text: string): string {
  return printable(stripVTControlCharacters(text).replaceAll('\t', '    ').trimEnd());
}
