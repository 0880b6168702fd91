/** Error messages for a command line. In src/ctl only this file imports yargs. */
import yargs from 'yargs';
import {configureYargs} from '../../shared/plain-parse.js';
import {misuse} from '../../shared/words/errors.js';
import {type Given, givenOf, parserOptions, STYLE, withLongOptions} from './parser-options.js';

/** @throws {Refusal} `usage` */
export function parseByYargs(args: readonly string[]): Given {
  const {$0: _, ...found} = createParser().parseSync(withLongOptions(args));
  return givenOf(found);
}

function createParser() {
  const parser = configureYargs(yargs().scriptName('ssctl'), STYLE, mistake => {
    throw misuse('ssctl', mistake);
  });
  for (const [name, {type, alias}] of Object.entries(parserOptions())) {
    parser.option(name, {
      type,
      ...(alias === undefined ? {} : {alias}),
      ...(type === 'boolean' ? {} : {requiresArg: true}),
    });
  }
  return parser;
}
