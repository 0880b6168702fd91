/** The command line of ssd: arguments in, raw options out. The only importer of yargs here. */
import yargs from 'yargs';
import {Refusal} from '../shared/errors.js';
import {describeMistake, PARSER_STYLE} from '../shared/parser-style.js';
import {OPTIONS, type RawOptions} from './options.js';

export type CommandLine = {
  readonly options: RawOptions;
  readonly program: readonly string[];
  /** What `--help` prints. */
  readonly help: () => Promise<string>;
};

/**
 * Parses the arguments after the program name.
 *
 * @throws {Refusal} `usage`
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
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
      throw new Refusal({code: 'usage', problem: `${describeMistake(message, error)}; see ssd --help`});
    });
  for (const [name, spec] of Object.entries(OPTIONS)) {
    parser.option(name, {
      group: 'Options:',
      ...spec,
      ...(spec.type === 'boolean' ? {} : {requiresArg: true}),
    });
  }
  const {_: before, '--': after, $0: _, ...given} = parser.parseSync([...args]);
  return {
    options: lastOfEach(given),
    program: [...before, ...((after as unknown[] | undefined) ?? [])].map(String),
    help: () => parser.getHelp(),
  };
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
