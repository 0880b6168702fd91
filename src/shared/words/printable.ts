/**
 * What came from outside, made fit for one line of a terminal or a log: operands, names of files, what others say. The
 * only place that knows which characters are not. Everything that either program prints goes through here at the edge.
 */

/** Control characters, what some readers take for the end of a line, and what turns the direction of the text about. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Nothing that came from outside may move the cursor, begin another line, or hide what stands beside it. */
export function printable(text: string): string {
  return text.replace(UNFIT, '?');
}

/** JSON in one line: the same data, with such characters as escapes, which JSON itself wants for the first 32 only. */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.replace(UNFIT, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
