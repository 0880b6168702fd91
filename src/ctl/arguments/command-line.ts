/** The command line of ssctl, split into words and options. */
import {parsePlainly} from '../../shared/plain-parse.js';
import {scanOptions} from '../../shared/scan-options.js';
import {describeLineMistake} from '../../shared/words/command-line.js';
import {misuse} from '../../shared/words/errors.js';
import {COMMANDS, commandIndex, GLOBAL_OPTIONS, isCommand} from './options.js';
import {type Given, givenOf, parserOptions, STYLE, withLongOptions} from './parser-options.js';

/** @throws {Refusal} `usage` */
export async function parseCommandLine(args: readonly string[]): Promise<Given> {
  const scanned = scanOptions(withLongOptions(args), {
    options: parserOptions(),
    haltAtWord: false,
    letters: LETTERS,
    ...suggestedFor(args),
  });
  if (!Array.isArray(scanned)) throw misuse('ssctl', describeLineMistake(scanned));
  const plain = parsePlainly(scanned, parserOptions(), STYLE);
  return plain ? givenOf(plain) : (await import('./yargs.js')).parseByYargs(scanned);
}

/** What these letters mean in other programs. */
const LETTERS = {v: 'version', V: 'version', j: 'json', t: 'timeout'};

/** The options of the command, and those that every command has. */
function suggestedFor(args: readonly string[]): {readonly suggested?: readonly string[]} {
  const command = args[commandIndex(args)] ?? '';
  if (!isCommand(command)) return {};
  return {suggested: [...Object.keys(COMMANDS[command].options), ...Object.keys(GLOBAL_OPTIONS)]};
}
