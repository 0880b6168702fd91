/** What came from outside, made fit for a terminal. */
import {stripVTControlCharacters} from 'node:util';

/** Nothing that came from outside may move the cursor. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

/** A line of a program's output: its colours are left out, its tabs are kept as blanks. */
export function plainLine(text: string): string {
  return printable(stripVTControlCharacters(text).replaceAll('\t', '    ').trimEnd());
}
