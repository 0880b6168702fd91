/** Completes the last word of a command line. The shell asks with the scripts in `completion-script.ts`. Pure. */
import {type Completion, completeOption, completeValue, NOTHING, valueAt} from '../shared/complete-value.js';
import {
  allOptions,
  COMMANDS,
  type CommandSpec,
  commandIndex,
  GLOBAL_OPTIONS,
  isCommand,
  type OptionSpec,
} from './arguments/options.js';

/**
 * @param line the words, beginning with the program name; the last one is unfinished or empty
 * @param instances returns the names of all instances
 */
export function complete(line: readonly string[], instances: () => readonly string[]): Completion {
  const words = line.slice(1, -1);
  const current = line.at(-1) ?? '';
  const command = commandIn(words);
  if (command?.commandLine && words.includes('--', commandIndex(words))) return {words: [], rest: 'ssd'};
  const typed = valueAt(words, current);
  const spec = typed && specOf(typed.option, command);
  if (typed && spec && spec.type !== 'boolean') return completeValue(spec, typed, instances);
  if (current.startsWith('-'))
    return completeOption({...command?.options, ...GLOBAL_OPTIONS}, words, current);
  return nextWord(command, words, current);
}

/** A letter of the command itself comes first: `-n` after `logs` is a number of lines, not a name. */
function specOf(word: string, command: CommandSpec | null): OptionSpec | null {
  const isMeant = ([name, {alias}]: readonly [string, OptionSpec]) =>
    word === `--${name}` || (alias !== undefined && word === `-${alias}`);
  const own = Object.entries(command?.options ?? {}).find(isMeant);
  return (own ?? Object.entries(allOptions()).find(isMeant))?.[1] ?? null;
}

function nextWord(command: CommandSpec | null, words: readonly string[], current: string): Completion {
  const commands = Object.keys(COMMANDS);
  const oneOf = (choices: readonly string[]) =>
    completeValue({choices}, {value: current, before: ''}, () => []);
  if (words[0] === HELP) return words.length === 1 ? oneOf(commands) : NOTHING;
  if (!command) return oneOf([...commands, HELP]);
  if (command.commandLine && current === '') return oneOf(['--']);
  if (!command.argument || hasArgument(command, words)) return NOTHING;
  return completeValue(command.argument, {value: current, before: ''}, () => []);
}

const HELP = 'help';

function hasArgument(command: CommandSpec, words: readonly string[]): boolean {
  const isValue = (at: number) => {
    const option = words[at - 1] ?? '';
    return option === '=' || words[at] === '=' || specOf(option, command)?.type === 'string';
  };
  return words.some((word, at) => at > commandIndex(words) && !word.startsWith('-') && !isValue(at));
}

function commandIn(words: readonly string[]): CommandSpec | null {
  const command = words[commandIndex(words)];
  return command !== undefined && isCommand(command) && words[0] !== HELP ? COMMANDS[command] : null;
}
