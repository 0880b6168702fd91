/**
 * Reads a command line by yargs' own parser alone: yargs itself takes as long to load as all the rest of ssctl, and is
 * needed only for the help, and to say what is wrong. The only importer of yargs-parser, whose version is that of yargs.
 */
import type {Argv} from 'yargs';
import parse from 'yargs-parser';

/** Options as yargs is told of them; each that takes a value must have one. */
export type ParserOptions = Readonly<
  Record<string, {readonly type: 'string' | 'boolean' | 'array'; readonly alias?: string}>
>;

export type ParserStyle = Readonly<Record<string, boolean>>;

/** How both programs have yargs and its parser read a command line: nothing guessed, nothing turned into something else. */
export const PARSER_STYLE = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/**
 * @returns what yargs with the same options and style returns, less its `$0`; or null where yargs has to be asked,
 * because something is wrong with the line
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
    // Not a number: one value, and not none, as yargs has `requiresArg`.
    narg: Object.fromEntries(valued.map(name => [name, Number.NaN])),
    configuration: {...style},
  });
  const known = new Set(['_', '--', ...Object.keys(options), ...aliased.map(({alias}) => alias)]);
  return error || Object.keys(argv).some(name => !known.has(name)) ? null : argv;
}

/** Has yargs leave help, version and exit to us, and say what is wrong to `refuse`. */
export function configureYargs(parser: Argv, style: ParserStyle, refuse: (mistake: string) => never): Argv {
  return parser
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(100)
    .strictOptions()
    .parserConfiguration(style)
    .fail((message, error) => refuse(describeMistake(message ?? String(error))));
}

/** yargs names an unknown option without its dashes. */
function describeMistake(message: string): string {
  return message.replace(/^Unknown arguments?: /, 'there is no option --');
}
