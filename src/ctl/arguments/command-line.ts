/** The command line of ssctl, split into words and options. */
import {parsePlainly} from '../../shared/plain-parse.js';
import {scanOptions} from '../../shared/scan-options.js';
import {describeLineMistake} from '../../shared/words/command-line.js';
import {misuse} from '../../shared/words/errors.js';
import {adviceOnCommandLine} from './advice.js';
import {COMMANDS, commandIndex, GLOBAL_OPTIONS, isCommand, takesCommandLine} from './options.js';
import {type Given, givenOf, parserOptions, STYLE, withLongOptions} from './parser-options.js';
import {withHelpOf} from './with-help.js';

/** @throws {Refusal} `usage` */
export async function parseCommandLine(args: readonly string[]): Promise<Given> {
  const {own, ...ofSsd} = withoutCommandLine(args);
  const command = own[commandIndex(own)];
  const scanned = withHelpOf(command, () => scan(own));
  const plain = parsePlainly(scanned, parserOptions(), STYLE);
  if (plain) return {...givenOf(plain), ...ofSsd};
  const {parseByYargs} = await import('./yargs.js');
  return {...withHelpOf(command, () => parseByYargs(scanned)), ...ofSsd};
}

function scan(own: readonly string[]): readonly string[] {
  const scanned = scanOptions(withLongOptions(own), {
    options: parserOptions(),
    haltAtWord: false,
    letters: LETTERS,
    ...suggestedFor(own),
  });
  if (!Array.isArray(scanned)) {
    const advice = scanned.type === 'unknown-option' ? adviceOnCommandLine(own[commandIndex(own)]) : '';
    throw misuse('ssctl', `${describeLineMistake(scanned)}${advice}`);
  }
  demandOneHost(scanned);
  return scanned;
}

/** The last one would win, and the others be left out of a deployment. */
function demandOneHost(scanned: readonly string[]): void {
  const end = scanned.indexOf('--');
  const given = scanned.slice(0, end < 0 ? undefined : end).filter(word => /^(-H|--host)(=|$)/.test(word));
  if (given.length > 1) throw misuse('ssctl', 'give --host once, with commas between the hosts: -H one,two');
}

/** What follows the first `--` after such a command is for ssd, and no parser of ssctl changes it. */
function withoutCommandLine(args: readonly string[]): {
  readonly own: readonly string[];
  readonly commandLine?: readonly string[];
} {
  const at = commandIndex(args);
  const end = takesCommandLine(args[at] ?? '') ? args.indexOf('--', at) : -1;
  return end < 0 ? {own: args} : {own: args.slice(0, end), commandLine: args.slice(end + 1)};
}

/** What these letters mean in other programs. */
const LETTERS = {v: 'version', V: 'version', j: 'json', t: 'timeout'};

/** The options of the command, and those that every command has. */
function suggestedFor(args: readonly string[]): {readonly suggested?: readonly string[]} {
  const command = args[commandIndex(args)] ?? '';
  if (!isCommand(command)) return {};
  return {suggested: [...Object.keys(COMMANDS[command].options), ...Object.keys(GLOBAL_OPTIONS)]};
}
