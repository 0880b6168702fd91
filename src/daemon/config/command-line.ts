/** Parses the command line of ssd into raw options. */
import {parsePlainly} from '../../shared/plain-parse.js';
import {scanOptions} from '../../shared/scan-options.js';
import {describeLineMistake} from '../../shared/words/command-line.js';
import {misuse} from '../../shared/words/errors.js';
import {OPTIONS} from './options.js';
import {type CommandLine, commandLineOf, STYLE} from './parser-options.js';

/** @throws {Refusal} `usage`, `config-unreadable`, `config-invalid` */
export async function parseCommandLine(args: readonly string[]): Promise<CommandLine> {
  const scanned = scanOptions(args, {options: OPTIONS, haltAtWord: true, letters: LETTERS});
  if (!Array.isArray(scanned)) throw misuse('ssd', describeLineMistake(scanned));
  const plain = parsePlainly(scanned, OPTIONS, STYLE);
  // yargs reads the configuration file. Without one the plain parser is enough.
  if (plain && plain.config === undefined) return commandLineOf(plain, null);
  return (await import('./yargs.js')).parseByYargs(scanned);
}

/** What these letters mean in other programs. */
const LETTERS = {
  p: 'port',
  d: 'dir',
  D: 'daemonize',
  n: 'name',
  s: 'control',
  c: 'config',
  l: 'log-file',
  v: 'version',
  V: 'version',
};
