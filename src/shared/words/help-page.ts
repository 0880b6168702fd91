/** The layout of `--help` in both programs. In that of yargs, long names leave too little room for the descriptions. */
import {padEnd, widthOf, wrap} from './columns.js';

/** An option, as in the lists of both programs. */
export type HelpOption = {
  readonly description: string;
  readonly alias?: string;
  /** What stands for the value. */
  readonly value?: string;
  /** What the value is if it is left out. */
  readonly bare?: string;
  readonly defaultDescription?: string;
};

export type HelpPart =
  | {readonly text: string}
  | {readonly title: string; readonly items: readonly (readonly [name: string, text: string])[]}
  /** Lines to copy. They are not wrapped at blanks unless they must be. */
  | {readonly title: string; readonly lines: readonly string[]};

export function helpPage(parts: readonly HelpPart[], columns: number): string {
  return parts.map(part => layOut(part, columns)).join('\n\n');
}

/** The names and descriptions of options. */
export function optionItems(options: Readonly<Record<string, HelpOption>>): readonly [string, string][] {
  return Object.entries(options).map(([name, {alias, description, defaultDescription, ...option}]) => [
    `${alias === undefined ? '' : `-${alias}, `}--${name}${valueIn(option)}`,
    defaultDescription === undefined ? description : `${description} (default: ${defaultDescription})`,
  ]);
}

function valueIn({value, bare}: Pick<HelpOption, 'value' | 'bare'>): string {
  if (value === undefined) return '';
  return bare === undefined ? `=${value}` : `[=${value}]`;
}

/** The width of the terminal; where there is none, what COLUMNS says. Longer lines than `MOST` are hard to read. */
export function helpColumns(
  stream: {readonly isTTY?: boolean; readonly columns?: number},
  columns?: string,
): number {
  const told = /^\d{1,5}$/.test(columns ?? '') ? Number(columns) : 0;
  const width = (stream.isTTY ? stream.columns : 0) || told || USUAL;
  return Math.min(MOST, Math.max(LEAST, width));
}

const USUAL = 80;
const MOST = 100;
const LEAST = 20;

const INDENT = 2;
const GAP = 2;
/** With fewer columns than this, a description stands below its name. */
const BESIDE = 64;
const LONGEST_NAME = 30;

function layOut(part: HelpPart, columns: number): string {
  if ('text' in part) return wrap(part.text, columns).join('\n');
  const head = wrap(part.title, columns);
  if ('lines' in part) return [...head, ...part.lines.flatMap(line => hung(line, columns))].join('\n');
  const names = part.items.map(([name]) => widthOf(name)).filter(width => width <= LONGEST_NAME);
  const left = columns < BESIDE ? null : Math.max(...names) + INDENT + GAP;
  return [...head, ...part.items.flatMap(item => itemLines(item, left, columns))].join('\n');
}

function itemLines([name, text]: readonly [string, string], left: number | null, columns: number): string[] {
  const indent = left ?? 3 * INDENT;
  const lines = wrap(text, columns - indent).map(line => ' '.repeat(indent) + line);
  const isBeside = left !== null && INDENT + widthOf(name) + GAP <= left;
  if (!isBeside) return [...hung(name, columns), ...lines];
  const [first = '', ...more] = lines;
  return [padEnd(' '.repeat(INDENT) + name, indent) + first.slice(indent), ...more];
}

function hung(line: string, columns: number): string[] {
  return wrap(line, columns - 2 * INDENT).map(
    (part, nth) => ' '.repeat(nth === 0 ? INDENT : 2 * INDENT) + part,
  );
}
