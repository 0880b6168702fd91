/** The command line of ssctl, split into words and options, and its help. The only importer of yargs here. */
import yargs from 'yargs';
import {Refusal} from '../shared/errors.js';
import {describeMistake, PARSER_STYLE} from '../shared/parser-style.js';
import {
  allOptions,
  COMMANDS,
  type CommandSpec,
  commandIndex,
  GLOBAL_OPTIONS,
  isCommand,
  type OptionSpec,
  type Shell,
} from './options.js';

/** What was given, still as text. */
export type Given = {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
};

/** @throws {Refusal} `usage` */
export function parseCommandLine(args: readonly string[]): Given {
  const {_: words, $0: _, ...options} = createParser().parseSync(withLongOptions(args));
  // The parser was given all options and is strict: they have these names and types.
  return {words: words.map(String), options: options as Given['options']};
}

export function helpText(): Promise<string> {
  const parser = createParser().usage('$0 [-n NAME | -s SOCKET] [--json] command [options]');
  for (const [name, spec] of Object.entries<CommandSpec>(COMMANDS)) {
    const usage = spec.argument ? `${name} <${spec.argument.name}>` : name;
    parser.command(usage, spec.description);
  }
  return parser.getHelp();
}

/** Prints the script that has the shell ask for completions (yargs' own); `complete.ts` gives the answers. */
export function printCompletionScript(shell: Shell): void {
  // yargs looks only at $SHELL, when the parser is made, to know for which shell the script is.
  process.env.SHELL = shell;
  yargs().scriptName('ssctl').completion(`completion ${shell}`, false).showCompletionScript();
}

function createParser() {
  const parser = yargs()
    .scriptName('ssctl')
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
      throw new Refusal({code: 'usage', problem: `${describeMistake(message, error)}; see ssctl --help`});
    });
  for (const [name, spec] of Object.entries(allOptions())) {
    const {type, description, alias} = spec;
    const isFree = !aliasesOf(GLOBAL_OPTIONS).has(`-${alias}`) || Object.hasOwn(GLOBAL_OPTIONS, name);
    parser.option(name, {
      type,
      description,
      group: groupOf(name),
      ...(alias !== undefined && isFree ? {alias} : {}),
      ...(type === 'string' ? {requiresArg: true} : {}),
    });
  }
  return parser;
}

/** The heading in the help: which commands an option belongs to. */
function groupOf(option: string): string {
  if (Object.hasOwn(GLOBAL_OPTIONS, option)) return 'Options:';
  const owners = Object.entries(COMMANDS).filter(([, {options}]) => Object.hasOwn(options, option));
  return `Options of ${owners.map(([command]) => command).join(', ')}:`;
}

/**
 * Writes the one-letter options that belong to the command out in full: `-n` is the name of an instance, and behind
 * `logs` a number of lines. yargs knows only one meaning of a letter.
 */
function withLongOptions(args: readonly string[]): string[] {
  const at = commandIndex(args);
  const command = args[at];
  if (command === undefined || !isCommand(command)) return [...args];
  const own = aliasesOf(COMMANDS[command].options);
  return args.map((arg, index) => {
    const [, letter = '', value = ''] = /^(-[a-z])=?(.*)$/.exec(arg) ?? [];
    const long = own.get(letter);
    if (index <= at || long === undefined) return arg;
    return value === '' ? long : `${long}=${value}`;
  });
}

/** `-n` → `--name` */
function aliasesOf(options: Readonly<Record<string, OptionSpec>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(options).flatMap(([name, {alias}]) => (alias ? [[`-${alias}`, `--${name}`]] : [])),
  );
}
