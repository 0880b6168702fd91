/**
 * Checks a command line before a parser reads it. The parsers of yargs silently accept a value for an option that takes
 * none: `--json=1` switches it off, and `--kill-group true` swallows the program `true`. start_server refuses the former.
 * `=true` and `=false` are allowed, to override a configuration file. Unknown options are found here as well, because yargs
 * does not say how they were written. An option whose value may be left out gets it here.
 */
import {nearest} from './nearest.js';
import type {ParserOptions} from './plain-parse.js';

export type LineMistake =
  | {readonly type: 'flag-value'; readonly option: string; readonly value: string}
  | {readonly type: 'value-missing'; readonly option: string}
  | {readonly type: 'unknown-option'; readonly option: string; readonly nearest: string | null};

export type Rules = {
  readonly options: ParserOptions;
  /** Whether the first word ends the options. */
  readonly haltAtWord: boolean;
  /** What letters mean elsewhere: `{p: 'port'}`. */
  readonly letters: Readonly<Record<string, string>>;
  /** The options to suggest. Default: all. */
  readonly suggested?: readonly string[];
};

/** @returns the line for the parser, or the first mistake */
export function scanOptions(args: readonly string[], rules: Rules): string[] | LineMistake {
  const scanned: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const isWord = !/^-./.test(arg);
    if (arg === '--' || (isWord && rules.haltAtWord)) return [...scanned, ...args.slice(at)];
    const mistake = isWord ? null : mistakeIn(arg, args[at + 1], rules);
    if (mistake) return mistake;
    scanned.push(isWord ? arg : forParser(arg, rules));
    if (isWord || !takesNext(arg, rules)) continue;
    at += 1;
    scanned.push(args[at] ?? '');
  }
  return scanned;
}

function mistakeIn(arg: string, next: string | undefined, rules: Rules): LineMistake | null {
  const [, written = '', value] = OPTION.exec(arg) ?? [];
  const {type, bare} = find(written, rules.options);
  if (type === null) {
    return {type: 'unknown-option', option: written, nearest: suggest(written, rules)};
  }
  if (type === 'boolean') {
    const isClear = value === undefined || value === 'true' || value === 'false';
    return isClear ? null : {type: 'flag-value', option: written, value};
  }
  const isMissing =
    value === undefined &&
    bare === undefined &&
    (next === undefined || (/^-\D/.test(next) && !NEGATIVE.test(next)));
  return isMissing ? {type: 'value-missing', option: written} : null;
}

/** The name as it was written, and the value after `=`. */
const OPTION = /^(--?[^=]*)(?:=([\s\S]*))?$/;
/** The parsers of yargs take this for a value, not for an option. */
const NEGATIVE = /^-(\d+(\.\d+)?|\.\d+)$/;

/** `-h` is `--help`. The `=true` keeps the parser from reading the next word as a value. */
function forParser(arg: string, {options}: Rules): string {
  const written = arg === '-h' ? '--help' : arg;
  if (written.includes('=')) return arg;
  const {type, bare} = find(written, options);
  if (bare !== undefined) return `${written}=${bare}`;
  return type === 'boolean' ? `${written}=true` : arg;
}

function takesNext(arg: string, {options}: Rules): boolean {
  const [, written = '', value] = OPTION.exec(arg) ?? [];
  const {type, bare} = find(written, options);
  return value === undefined && bare === undefined && type !== 'boolean';
}

type Found = {readonly type: string | null; readonly bare?: string | undefined};

function find(written: string, options: ParserOptions): Found {
  if (written === '-h') return {type: 'boolean'};
  const name = written.replace(/^--?/, '');
  const option = Object.hasOwn(options, name)
    ? options[name]
    : Object.values(options).find(({alias}) => alias === name);
  return option ?? {type: null};
}

function suggest(
  written: string,
  {options, letters, suggested = Object.keys(options)}: Rules,
): string | null {
  const name = written.replace(/^-+/, '');
  const found = Object.hasOwn(letters, name) ? letters[name] : nearest(name, suggested);
  return found == null ? null : `--${found}`;
}
