/** The options that the parser gets for ssctl, and the command line in the form that the parser gets. */

import type {ParserOptions} from '../../shared/plain-parse.js';
import {PARSER_STYLE} from '../../shared/plain-parse.js';
import {allOptions, COMMANDS, commandIndex, GLOBAL_OPTIONS, isCommand, type OptionSpec} from './options.js';

export const STYLE = {...PARSER_STYLE, 'duplicate-arguments-array': false} as const;

/** The command line, still as text. */
export type Given = {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** What follows `--`, if it is a command line of ssd. Absent without `--`. */
  readonly commandLine?: readonly string[];
};

/** Every option by its name. A letter with a global meaning keeps it. */
export function parserOptions(): ParserOptions {
  const taken = aliasesOf(GLOBAL_OPTIONS);
  const entries = Object.entries(allOptions()).map(([name, {type, alias}]) => {
    const isFree = !taken.has(`-${alias}`) || Object.hasOwn(GLOBAL_OPTIONS, name);
    return [name, {type, ...(alias !== undefined && isFree ? {alias} : {})}];
  });
  return Object.fromEntries(entries);
}

/**
 * Expands the one-letter options of the command to their long form. `-n` is the name of an instance, but after `logs`
 * it is a number of lines. A parser knows only one meaning of a letter.
 */
export function withLongOptions(args: readonly string[]): string[] {
  const at = commandIndex(args);
  const command = args[at];
  if (command === undefined || !isCommand(command)) return [...args];
  const own = aliasesOf(COMMANDS[command].options);
  return args.map((arg, index) => {
    const [, letter = '', value = ''] = /^(-[a-z])=?(.*)$/.exec(arg) ?? [];
    const long = own.get(letter);
    if (index <= at || long === undefined) return arg;
    return value === '' ? long : `${long}=${value}`;
  });
}

/** Types the result of a parser. The parser knew all options and rejected others, so the names and types hold. */
export function givenOf({_: words, ...options}: {readonly _: readonly (string | number)[]}): Given {
  return {words: words.map(String), options: options as Given['options']};
}

/** `-n` → `--name` */
function aliasesOf(options: Readonly<Record<string, OptionSpec>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(options).flatMap(([name, {alias}]) => (alias ? [[`-${alias}`, `--${name}`]] : [])),
  );
}
