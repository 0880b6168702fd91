/** The command line of ssctl, split into words and options. */
import {parsePlainly} from '../../shared/plain-parse.js';
import {type Given, givenOf, parserOptions, STYLE, withLongOptions} from './parser-options.js';

/** @throws {Refusal} `usage` */
export async function parseCommandLine(args: readonly string[]): Promise<Given> {
  const plain = parsePlainly(withLongOptions(args), parserOptions(), STYLE);
  return plain ? givenOf(plain) : (await import('./yargs.js')).parseByYargs(args);
}
