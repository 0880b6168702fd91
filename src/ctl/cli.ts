/** The command line of ssctl: arguments in, an order out. The only importer of yargs here. */
import yargs from 'yargs';
import {DURATION_FORM, parseDuration} from '../shared/duration.js';
import {Refusal} from '../shared/errors.js';
import {isInstanceName} from '../shared/instance-paths.js';
import {describeMistake, PARSER_STYLE} from '../shared/parser-style.js';
import {COMMANDS, type CommandName, GLOBAL_OPTIONS} from './options.js';

/** Which instance is meant; with neither, the only one there is. */
export type Target = {readonly name: string | null; readonly socket: string | null};

export type Order = {
  readonly command: CommandName | 'help' | 'version';
  readonly target: Target;
  readonly json: boolean;
  readonly retry: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number | null;
  readonly help: () => Promise<string>;
};

/** @throws {Refusal} `usage`, `option-invalid` */
export function parseCommandLine(args: readonly string[]): Order {
  const parser = createParser();
  // The parser was given these options and is strict: what it returns has their names and types.
  const given = parser.parseSync([...args]) as unknown as Given;
  const [command, ...rest] = given._.map(String);
  const help = () => parser.getHelp();
  const order = {
    target: {name: readName(given.name), socket: given.socket ?? null},
    json: given.json ?? false,
    retry: given.retry ?? false,
    wait: !given['no-wait'],
    timeoutMs: readTimeout(given.timeout),
    help,
  };
  if (given.help) return {...order, command: 'help'};
  if (given.version) return {...order, command: 'version'};
  if (command === undefined) throw usage('no command is given');
  if (!isCommand(command)) throw usage(`there is no command ${command}`);
  if (rest.length > 0) throw usage(`${command} takes no argument, and got ${rest.join(' ')}`);
  checkOptions(command, given);
  if (order.target.name !== null && order.target.socket !== null)
    throw usage('give --name or --socket, not both');
  return {...order, command};
}

type Given = {
  readonly _: readonly (string | number)[];
  readonly name?: string;
  readonly socket?: string;
  readonly json?: boolean;
  readonly help?: boolean;
  readonly version?: boolean;
  readonly retry?: boolean;
  readonly 'no-wait'?: boolean;
  readonly timeout?: string;
};

function createParser() {
  const parser = yargs()
    .scriptName('ssctl')
    .usage('$0 [-n NAME | -s SOCKET] [--json] command [options]')
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(100)
    .strictOptions()
    .parserConfiguration({
      ...PARSER_STYLE,
      'duplicate-arguments-array': false,
    })
    .fail((message, error) => {
      throw usage(describeMistake(message, error));
    });
  for (const [name, {description, options}] of Object.entries(COMMANDS)) {
    // Listed for --help; which options a command takes is checked by checkOptions.
    parser.command(name, [description, ...Object.keys(options).map(option => `--${option}`)].join('; '));
  }
  const all = {...GLOBAL_OPTIONS, ...COMMANDS.restart.options, ...COMMANDS.stop.options};
  for (const [name, spec] of Object.entries(all)) {
    parser.option(name, {...spec, ...(spec.type === 'string' ? {requiresArg: true} : {})});
  }
  return parser;
}

function checkOptions(command: CommandName, given: Given): void {
  for (const option of ['retry', 'no-wait', 'timeout'] as const) {
    if (given[option] !== undefined && !Object.hasOwn(COMMANDS[command].options, option)) {
      throw usage(`${command} has no option --${option}`);
    }
  }
  if (given['no-wait'] && given.timeout !== undefined)
    throw usage('--timeout says how long to wait: not with --no-wait');
}

function readName(name: string | undefined): string | null {
  if (name === undefined) return null;
  if (!isInstanceName(name)) {
    throw new Refusal({
      code: 'option-invalid',
      option: 'name',
      value: name,
      problem: 'no instance can have this name',
    });
  }
  return name;
}

function readTimeout(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new Refusal({code: 'option-invalid', option: 'timeout', value: text, problem: DURATION_FORM});
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function usage(problem: string): Refusal {
  return new Refusal({code: 'usage', problem: `${problem}; see ssctl --help`});
}
