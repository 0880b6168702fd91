/** Parses the command line of ssd into raw options. */
import {parsePlainly} from '../../shared/plain-parse.js';
import {OPTIONS} from './options.js';
import {type CommandLine, commandLineOf, STYLE} from './parser-options.js';

/** @throws {Refusal} `usage`, `config-unreadable`, `config-invalid` */
export async function parseCommandLine(args: readonly string[]): Promise<CommandLine> {
  const plain = parsePlainly(args, OPTIONS, STYLE);
  // yargs reads the configuration file. Without one the plain parser is enough.
  if (plain && plain.config === undefined) return commandLineOf(plain, null);
  return (await import('./yargs.js')).parseByYargs(args);
}
