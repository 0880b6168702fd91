/** Error messages for a command line, and the help. In src/ctl only this file imports yargs. */
import yargs from 'yargs';
import {configureYargs} from '../../shared/plain-parse.js';
import {Refusal} from '../../shared/words/errors.js';
import {allOptions, COMMANDS, type CommandSpec, GLOBAL_OPTIONS} from './options.js';
import {type Given, givenOf, parserOptions, STYLE, withLongOptions} from './parser-options.js';

/** @throws {Refusal} `usage` */
export function parseByYargs(args: readonly string[]): Given {
  const {$0: _, ...found} = createParser().parseSync(withLongOptions(args));
  return givenOf(found);
}

export function helpText(): Promise<string> {
  const parser = createParser().usage('$0 [-n NAME | -s SOCKET] [--json] command [options]');
  for (const [name, spec] of Object.entries<CommandSpec>(COMMANDS)) {
    const usage = spec.argument ? `${name} <${spec.argument.name}>` : name;
    parser.command(usage, spec.description);
  }
  return parser.getHelp();
}

function createParser() {
  const parser = configureYargs(yargs().scriptName('ssctl'), STYLE, mistake => {
    throw new Refusal({code: 'usage', problem: `${mistake}; see ssctl --help`});
  });
  const specs = allOptions();
  for (const [name, {type, alias}] of Object.entries(parserOptions())) {
    parser.option(name, {
      type,
      description: specs[name]?.description ?? '',
      group: groupOf(name),
      ...(alias === undefined ? {} : {alias}),
      ...(type === 'boolean' ? {} : {requiresArg: true}),
    });
  }
  return parser;
}

/** The heading in the help: the commands that have the option. */
function groupOf(option: string): string {
  if (Object.hasOwn(GLOBAL_OPTIONS, option)) return 'Options:';
  const owners = Object.entries(COMMANDS).filter(([, {options}]) => Object.hasOwn(options, option));
  return `Options of ${owners.map(([command]) => command).join(', ')}:`;
}
