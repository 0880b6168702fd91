/**
 * Makes text from outside fit for one line of a terminal or a log: operands, file names, what other programs say. Only this
 * file knows which characters are unfit. Everything that either program prints passes through it at the edge.
 */

/** Unicode's Cc, and its Zl and Zp, which have one character each. They are written out because V8 takes 0.2 ms to look up `\p{Cc}`. */
const CONTROLS = '\u0000-\u001f\u007f-\u009f';
const LINE_ENDS = '\u2028\u2029';
/** Characters that turn the direction of the text. */
const TURNS = '\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069';
const UNFIT = new RegExp(`[${CONTROLS}${LINE_ENDS}${TURNS}]`, 'g');

/** Nothing that came from outside may move the cursor, begin another line, or hide what stands beside it. */
export function printable(text: string): string {
  return text.replace(UNFIT, '?');
}

/** JSON in one line, with these characters as escapes. JSON itself requires that only for the first 32. */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.replace(UNFIT, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
