/** What may stand at the end of a command line that is being typed. Pure; the shell asks by way of `COMPLETE`. */
import {
  allOptions,
  COMMANDS,
  type CommandSpec,
  commandIndex,
  GLOBAL_OPTIONS,
  isCommand,
  type OptionSpec,
} from './arguments/options.js';

/** The option by which yargs' scripts ask; behind it comes the command line, from the name of the program on. */
export const COMPLETE = '--get-yargs-completions';

/**
 * @param line the words, the last of them unfinished or empty
 * @param instances the names there are
 */
export function complete(line: readonly string[], instances: () => readonly string[]): readonly string[] {
  const words = line.slice(1, -1);
  const current = line.at(-1) ?? '';
  const startsRight = (word: string) => word.startsWith(current);
  // bash splits at `=`, so `--until=re` comes as three words, and the value alone is to be completed.
  const isValue = words.at(-1) === '=';
  if (isValue || current === '=') {
    const values = valuesOf(words.at(isValue ? -2 : -1) ?? '', instances) ?? [];
    return isValue ? values.filter(startsRight) : values;
  }
  const [, option, value] = /^(--[a-z-]+)=(.*)$/.exec(current) ?? [];
  if (option !== undefined && value !== undefined) {
    const values = valuesOf(option, instances) ?? [];
    return values.map(one => `${option}=${one}`).filter(startsRight);
  }
  const command = commandIn(words);
  const values = isOwnLetter(command, words.at(-1)) ? [] : valuesOf(words.at(-1) ?? '', instances);
  return (values ?? nextWords(command, words, current)).filter(startsRight);
}

/** The values an option can have, or null for what is no option with a value. */
function valuesOf(word: string, instances: () => readonly string[]): readonly string[] | null {
  const found = Object.entries(allOptions()).find(
    ([name, {alias}]) => word === `--${name}` || (alias !== undefined && word === `-${alias}`),
  );
  if (!found) return null;
  const [name, {type, choices}] = found;
  if (type === 'boolean') return null;
  return name === 'name' ? instances() : (choices ?? []);
}

/** `-n` behind `logs` is a number of lines, not a name. */
function isOwnLetter(command: CommandSpec | null, word: string | undefined): boolean {
  const own = Object.values(command?.options ?? {});
  return own.some(({alias, type}) => type === 'string' && alias !== undefined && word === `-${alias}`);
}

function nextWords(
  command: CommandSpec | null,
  words: readonly string[],
  current: string,
): readonly string[] {
  if (current.startsWith('-')) {
    const options: Readonly<Record<string, OptionSpec>> = {...command?.options, ...GLOBAL_OPTIONS};
    return Object.keys(options)
      .map(name => `--${name}`)
      .filter(option => !words.includes(option));
  }
  if (!command) return Object.keys(COMMANDS);
  const choices = command.argument?.choices ?? [];
  return choices.some(choice => words.includes(choice)) ? [] : choices;
}

function commandIn(words: readonly string[]): CommandSpec | null {
  const command = words[commandIndex(words)];
  return command !== undefined && isCommand(command) ? COMMANDS[command] : null;
}
