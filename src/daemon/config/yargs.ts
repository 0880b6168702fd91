/**
 * The tasks for which ssd needs yargs: errors of the command line, and options from a configuration file. No
 * other file of the daemon imports yargs.
 */
import yargs from 'yargs';
import {configureYargs} from '../../shared/plain-parse.js';
import {EMPTY_VALUE} from '../../shared/words/command-line.js';
import {invalidOption, misuse, Refusal} from '../../shared/words/errors.js';
import {type ConfigFile, readConfigFile} from './config-file.js';
import {OPTIONS} from './options.js';
import {type CommandLine, commandLineOf, STYLE} from './parser-options.js';

/**
 * Parses the arguments after the program name.
 *
 * @throws {Refusal} `usage`, `config-unreadable`, `config-invalid`
 */
export function parseByYargs(args: readonly string[]): CommandLine {
  const config = rememberFile();
  const {$0: _, ...found} = createParser(config).parseSync([...args]);
  // yargs ignores an empty file name.
  if (found.config === '') throw invalidOption('config', '', EMPTY_VALUE);
  return commandLineOf(found, config.file());
}

function createParser(config: ReturnType<typeof rememberFile>) {
  const parser = configureYargs(yargs().scriptName('ssd'), STYLE, mistake => {
    throw config.refusal() ?? misuse('ssd', explainMistake(mistake));
  });
  for (const [name, spec] of Object.entries(OPTIONS)) {
    parser.option(name, {
      type: spec.type,
      ...(spec.type === 'boolean' ? {} : {requiresArg: true}),
      ...(name === 'config' ? {config: true, configParser: config.parse} : {}),
    });
  }
  return parser;
}

/** Keeps what yargs would lose of the file: the program, and the refusal, of which yargs keeps only the text. */
function rememberFile() {
  let found: ConfigFile | Refusal | null = null;
  const parse = (path: string): object => {
    try {
      // The file is read only once, because it may be a pipe.
      found ??= readConfigFile(path);
      return found instanceof Refusal ? found : found.options;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      found = error;
      return error;
    }
  };
  return {
    parse,
    refusal: () => (found instanceof Refusal ? found : null),
    file: () => (found instanceof Refusal ? null : found),
  };
}

function explainMistake(mistake: string): string {
  // yargs says this when `--config` is given twice. It has not read any file.
  return mistake.startsWith('Invalid JSON config file') ? '--config may be given once' : mistake;
}
