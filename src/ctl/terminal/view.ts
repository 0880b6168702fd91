/** How much room there is for a text, and whether it may be coloured. */
import type {WriteStream} from 'node:tty';
import type {Env} from '../../shared/instance-paths.js';
import {wrap} from '../../shared/words/layout/columns.js';

export type Tone = 'good' | 'busy' | 'bad' | 'faint' | 'strong';

export type View = {
  /** null where the output is data: nothing is cut or wrapped. */
  readonly columns: number | null;
  readonly rows: number | null;
  readonly paint: (tone: Tone, text: string) => string;
};

/** For output that does not go to a terminal. */
export const PLAIN: View = {columns: null, rows: null, paint: (_, text) => text};

export function viewOf(stream: Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>, env: Env): View {
  if (!stream.isTTY) return PLAIN;
  return {
    // A terminal without a size, such as a serial line, says 0.
    columns: stream.columns || null,
    rows: stream.rows || null,
    paint: isColourful(env) ? paint : PLAIN.paint,
  };
}

/** Wraps lines for people at blanks. The rest of a line is indented by two more columns. */
export function wrapped(text: string, {columns}: Pick<View, 'columns'>): string {
  if (columns === null) return text;
  const lines = text.split('\n').flatMap(line => {
    const [indent = ''] = /^ */.exec(line) ?? [];
    const [first = '', ...more] = wrap(line.slice(indent.length), columns - indent.length - 2);
    return [`${indent}${first}`, ...more.map(rest => `${indent}  ${rest}`)];
  });
  return lines.join('\n');
}

/** See https://no-color.org. */
export function isColourful({NO_COLOR, TERM}: Env): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

const ESCAPE = '\u001b';
/** U+200E, the left-to-right mark. */
const LEFT_TO_RIGHT = '\u200e';

/** On and off (ECMA-48 SGR). Each is switched off by its own number, so that nothing else changes. */
const CODES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  busy: [33, 39],
  bad: [31, 39],
  faint: [2, 22],
  strong: [1, 22],
};

function paint(tone: Tone, text: string): string {
  const [on, off] = CODES[tone];
  return text === '' ? '' : `${ESCAPE}[${on}m${text}${ESCAPE}[${off}m`;
}

/** Splits a text so that the odd parts are colours, and the marks of `isolated`. */
export const PAINTED = new RegExp(`(${ESCAPE}\\[\\d+m|${LEFT_TO_RIGHT})`);

/**
 * Closes a text that may run from right to left. Without the mark, a number that follows it on the line would be drawn on its
 * other side. The mark takes no column.
 */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `${text}${LEFT_TO_RIGHT}` : text;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
