/** How both programs have yargs and its parser read a command line: nothing guessed, nothing turned into something else. */
import type {Argv} from 'yargs';
import type {ParserStyle} from './plain-parse.js';

export const PARSER_STYLE = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/** Has yargs leave help, version and exit to us, and say what is wrong to `refuse`. */
export function tame(parser: Argv, style: ParserStyle, refuse: (mistake: string) => never): Argv {
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
