/** The command line of ssd: arguments in, raw options out. The only importer of yargs here. */
import yargs from 'yargs';
import {Refusal} from '../shared/errors.js';
import {describeMistake, PARSER_STYLE} from '../shared/parser-style.js';
import {type ConfigFile, readConfigFile} from './config-file.js';
import {OPTIONS, type RawOptions} from './options.js';

export type CommandLine = {
  readonly options: RawOptions;
  readonly program: readonly string[];
  /** What `--config` names, of which `options` has already what the command line has not. */
  readonly file: ConfigFile | null;
  /** What `--help` prints. */
  readonly help: () => Promise<string>;
};

/**
 * Parses the arguments after the program name.
 *
 * @throws {Refusal} `usage`, `config-unreadable`, `config-invalid`
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const config = rememberFile();
  const parser = yargs()
    .scriptName('ssd')
    .usage('$0 [options] -- program [argument ...]')
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(100)
    .strictOptions()
    .parserConfiguration({
      ...PARSER_STYLE,
      'greedy-arrays': false,
      'halt-at-non-option': true,
      'populate--': true,
    })
    .fail((message, error) => {
      throw config.refusal() ?? usage(`${explainMistake(message, error)}; see ssd --help`);
    });
  for (const [name, spec] of Object.entries(OPTIONS)) {
    parser.option(name, {
      group: 'Options:',
      ...spec,
      ...(spec.type === 'boolean' ? {} : {requiresArg: true}),
      ...(name === 'config' ? {config: true, configParser: config.parse} : {}),
    });
  }
  const {_: before, '--': after, $0: _, ...given} = parser.parseSync([...args]);
  const program = [...before, ...((after as unknown[] | undefined) ?? [])].map(String);
  const file = config.file();
  // yargs passes over a file without a name.
  if (given.config === '') {
    throw new Refusal({code: 'option-invalid', option: 'config', value: '', problem: 'a value is expected'});
  }
  return {
    options: lastOfEach(given),
    program: program.length > 0 ? program : (file?.program ?? []),
    file,
    help: () => parser.getHelp(),
  };
}

/** What yargs passes over of the file: the program, and why it is refused, of which it would keep the text only. */
function rememberFile() {
  let found: ConfigFile | Refusal | null = null;
  const parse = (path: string): object => {
    try {
      // Once: it may be a pipe.
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

function explainMistake(message: string | null, error: unknown): string {
  const mistake = describeMistake(message, error);
  // What it says when the option is given twice: no file has been looked at.
  return mistake.startsWith('Invalid JSON config file') ? '--config may be given once' : mistake;
}

function usage(problem: string): Refusal {
  return new Refusal({code: 'usage', problem});
}

/** An option that takes one value and is given twice has its last value, as with start_server. */
function lastOfEach(given: Readonly<Record<string, unknown>>): RawOptions {
  const entries = Object.entries(given).map(([name, value]) => {
    const isList = Object.hasOwn(OPTIONS, name) && OPTIONS[name as keyof typeof OPTIONS].type === 'array';
    return [name, Array.isArray(value) && !isList ? value.at(-1) : value];
  });
  // The parser was given OPTIONS and is strict: what it returns has their names and types.
  return Object.fromEntries(entries) as RawOptions;
}
