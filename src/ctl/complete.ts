/** Completes the last word of a command line. The shell asks with the scripts in `completion-script.ts`. Pure. */
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
 * @param line the words; the last one is unfinished or empty
 * @param instances returns the names of all instances
 */
export function complete(line: readonly string[], instances: () => readonly string[]): readonly string[] {
  const words = line.slice(1, -1);
  const current = line.at(-1) ?? '';
  const startsRight = (word: string) => word.startsWith(current);
  // bash splits at `=`, so `--until=re` arrives as three words, and only the value needs completion.
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

/** The possible values of an option. null if the word is not an option with a value. */
function valuesOf(word: string, instances: () => readonly string[]): readonly string[] | null {
  const found = Object.entries(allOptions()).find(
    ([name, {alias}]) => word === `--${name}` || (alias !== undefined && word === `-${alias}`),
  );
  if (!found) return null;
  const [name, {type, choices}] = found;
  if (type === 'boolean') return null;
  return name === 'name' ? instances() : (choices ?? []);
}

/** Whether the word is a letter of the command itself: `-n` after `logs` is a number of lines, not a name. */
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
