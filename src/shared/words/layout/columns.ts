/**
 * How many columns of a terminal a text takes, and how it is cut and wrapped to them. Only this file imports
 * get-east-asian-width.
 *
 * Terminals differ in how they join characters. Where they do, the larger width counts: a line may then end early, but it
 * never wraps.
 */
import {eastAsianWidth} from 'get-east-asian-width';

/** @example widthOf('日本') === 4 && widthOf('e\u0301') === 1 */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const part of partsOf(text)) width += widthOfPart(part);
  return width;
}

/** Cuts a text to this many columns. `…` stands for what is left out. Colours stay whole. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  let left = columns - 1;
  let isFull = false;
  const kept = partsOf(text).filter(part => {
    left -= widthOfPart(part);
    isFull ||= left < 0;
    return !isFull || part.startsWith(ESCAPE);
  });
  const end = kept.findLastIndex(part => !part.startsWith(ESCAPE)) + 1;
  return [...kept.slice(0, end), '…', ...kept.slice(end)].join('');
}

/** Wraps a text at its blanks. Only a word that has no room on a line of its own is broken. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap(one => pieces(one, Math.max(2, columns)))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

/** As `String.prototype.padEnd`, but for the columns of a terminal. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

const PLAIN = /^[\x20-\x7e]*$/;
const ESCAPE = '\u001b';
/** A colour as it is switched on or off (ECMA-48 SGR), or one character. */
const PARTS = new RegExp(`${ESCAPE}\\[[\\d;]*m|.`, 'gsu');
/** Combining characters, and the vowels and final consonants that complete a Hangul syllable. */
const WIDTHLESS = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
const SOFT_HYPHEN = '\u00ad';
/** Makes an emoji of the character before it, which then takes two columns. */
const AS_EMOJI = '\ufe0f';

function partsOf(text: string): readonly string[] {
  return text.match(PARTS) ?? [];
}

function widthOfPart(part: string): number {
  if (part.startsWith(ESCAPE)) return part.length > 1 ? 0 : 1;
  if (part === AS_EMOJI || part === SOFT_HYPHEN) return 1;
  return WIDTHLESS.test(part) ? 0 : eastAsianWidth(part.codePointAt(0) ?? 0);
}

/** A word in pieces of at most this many columns. */
function pieces(word: string, columns: number): readonly string[] {
  if (widthOf(word) <= columns) return [word];
  const found: string[] = [];
  let piece = '';
  for (const part of partsOf(word)) {
    if (widthOf(piece + part) > columns) {
      found.push(piece);
      piece = '';
    }
    piece += part;
  }
  return [...found, piece];
}
