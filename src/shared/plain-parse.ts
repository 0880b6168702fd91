/**
 * Reads a command line with only the parser of yargs. yargs itself takes as long to load as all the rest of ssctl. Only
 * the error messages need it. No other file imports yargs-parser, whose version is that of yargs.
 */
import type {Argv} from 'yargs';
import parse from 'yargs-parser';

/** Options as yargs takes them. An option that takes a value requires it; `scanOptions` puts the one of `bare`. */
export type ParserOptions = Readonly<
  Record<
    string,
    {readonly type: 'string' | 'boolean' | 'array'; readonly alias?: string; readonly bare?: string}
  >
>;

export type ParserStyle = Readonly<Record<string, boolean>>;

/** How yargs and its parser read a command line in both programs: without guesses and without conversions. */
export const PARSER_STYLE = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/**
 * @returns what yargs returns for the same options and style, without `$0`; null if the line has a mistake that yargs
 * must describe
 */
export function parsePlainly(
  args: readonly string[],
  options: ParserOptions,
  style: ParserStyle,
): ReturnType<typeof parse> | null {
  const entries = Object.entries(options);
  const named = (type: string) => entries.filter(([, option]) => option.type === type).map(([name]) => name);
  const valued = entries.filter(([, {type}]) => type !== 'boolean').map(([name]) => name);
  const aliased = entries.flatMap(([name, {alias}]) => (alias === undefined ? [] : [{name, alias}]));
  const {argv, error} = parse.detailed([...args], {
    array: named('array'),
    boolean: named('boolean'),
    string: named('string'),
    alias: Object.fromEntries(aliased.map(({name, alias}) => [name, [alias]])),
    // NaN means exactly one required value. yargs implements `requiresArg` this way.
    narg: Object.fromEntries(valued.map(name => [name, Number.NaN])),
    configuration: {...style},
  });
  const known = new Set(['_', '--', ...Object.keys(options), ...aliased.map(({alias}) => alias)]);
  return error || Object.keys(argv).some(name => !known.has(name)) ? null : argv;
}

/** Turns off yargs' own help, version and exit, and passes mistakes to `refuse`. */
export function configureYargs(parser: Argv, style: ParserStyle, refuse: (mistake: string) => never): Argv {
  return parser
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .strictOptions()
    .parserConfiguration(style)
    .fail((message, error) => refuse(describeMistake(message ?? String(error))));
}

/** yargs names an unknown option without its dashes. */
function describeMistake(message: string): string {
  return message.replace(/^Unknown arguments?: /, 'unknown option --');
}
