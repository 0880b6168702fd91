/** What a parser is told of the command line of ssd, and what is made of what it found. */
import {PARSER_STYLE} from '../../shared/plain-parse.js';
import type {ConfigFile} from './config-file.js';
import {OPTIONS, type RawOptions} from './options.js';

export const STYLE = {
  ...PARSER_STYLE,
  'greedy-arrays': false,
  'halt-at-non-option': true,
  'populate--': true,
} as const;

export type CommandLine = {
  readonly options: RawOptions;
  readonly program: readonly string[];
  /** What `--config` names, of which `options` has already what the command line has not. */
  readonly file: ConfigFile | null;
};

type Found = Readonly<Record<string, unknown>> & {
  readonly _: readonly (string | number)[];
  /** The words behind a `--`. */
  readonly '--'?: unknown;
};

export function commandLineOf(
  {_: before, '--': after, ...given}: Found,
  file: ConfigFile | null,
): CommandLine {
  const program = [...before, ...((after as unknown[] | undefined) ?? [])].map(String);
  return {
    options: lastOfEach(given),
    program: program.length > 0 ? program : (file?.program ?? []),
    file,
  };
}

/** An option that takes one value and is given twice has its last value, as with start_server. */
function lastOfEach(given: Readonly<Record<string, unknown>>): RawOptions {
  const entries = Object.entries(given).map(([name, value]) => {
    const isList = Object.hasOwn(OPTIONS, name) && OPTIONS[name as keyof typeof OPTIONS].type === 'array';
    return [name, Array.isArray(value) && !isList ? value.at(-1) : value];
  });
  // The parser was given OPTIONS and takes no others: what it returns has their names and types.
  return Object.fromEntries(entries) as RawOptions;
}
