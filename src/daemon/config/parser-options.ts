/** The settings of both parsers of the command line, and the conversion of their results. */
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
  /** The file of `--config`. `options` already includes its options, except those that the command line overrides. */
  readonly file: ConfigFile | null;
};

type Found = Readonly<Record<string, unknown>> & {
  readonly _: readonly (string | number)[];
  /** The words after `--`. */
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

/** If an option that takes one value is given twice, the last value counts. start_server does the same. */
function lastOfEach(given: Readonly<Record<string, unknown>>): RawOptions {
  const entries = Object.entries(given).map(([name, value]) => {
    const isList = Object.hasOwn(OPTIONS, name) && OPTIONS[name as keyof typeof OPTIONS].type === 'array';
    return [name, Array.isArray(value) && !isList ? value.at(-1) : value];
  });
  // The parser accepts only OPTIONS, so its result has their names and types.
  return Object.fromEntries(entries) as RawOptions;
}
