/** How both programs have yargs read a command line: nothing guessed, nothing turned into something else. */
export const PARSER_STYLE = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/** What is wrong with a command line; yargs names an unknown option without its dashes. */
export function describeMistake(message: string | null, error: unknown): string {
  return (message ?? String(error)).replace(/^Unknown arguments?: /, 'there is no option --');
}
