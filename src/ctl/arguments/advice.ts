/** What to do about a word that is not a command, an argument that a command does not take, or a foreign option. */
import {isInstanceName} from '../../shared/instance-paths.js';
import {nearest} from '../../shared/nearest.js';
import {didYouMean} from '../../shared/words/command-line.js';
import {COMMANDS, type CommandName, type CommandSpec, isCommand, takesCommandLine} from './options.js';

/** The names of commands in similar programs. */
const SYNONYMS: Readonly<Record<string, string>> = {
  reload: 'restart',
  upgrade: 'restart',
  'phased-restart': 'restart',
  shutdown: 'stop',
  quit: 'stop',
  exit: 'stop',
  down: 'stop',
  kill: 'signal',
  ps: 'status',
  show: 'status',
  info: 'status',
  state: 'status',
  ls: 'list',
  tail: 'logs',
  rotate: 'reopen-logs',
  reopen: 'reopen-logs',
  abort: 'cancel',
  'daemon-reexec': 'reexec',
  stats: 'metrics',
  help: '--help',
  version: '--version',
};

/** @param next the word after it */
export function unknownCommand(word: string, next?: string): string {
  if (word === 'start' || word === 'run') {
    return `unknown command ${word}: ssd itself starts an instance, as in ssd --port=8080 -- program`;
  }
  const isSynonym = Object.hasOwn(SYNONYMS, word);
  if (!isSynonym && next !== undefined && isCommand(next) && isInstanceName(word))
    return `unknown command ${word}: for the instance of that name, write ssctl -n ${word} ${next}`;
  const meant = isSynonym ? SYNONYMS[word] : nearest(word, Object.keys(COMMANDS));
  return `unknown command ${word}${didYouMean(meant ?? null)}`;
}

/** For an argument in the place where other programs take the name of an instance. */
export function adviceOnName(argument: string): string {
  return isInstanceName(argument) ? `; -n ${argument} selects the instance of that name` : '';
}

/** For an option or a word in the place before `--`, where those of ssd do not belong. */
export function adviceOnCommandLine(command = ''): string {
  return takesCommandLine(command)
    ? `; a command line of ssd follows --, as in ssctl ${command} -- --port=8080 -- ./server`
    : '';
}

/** For a name as the number of lines: after `logs`, `-n` is not the option of every other command. */
export function adviceOnLines(value: string): string {
  const isName = isInstanceName(value) && !/^\d+$/.test(value);
  return isName ? `; after logs, -n is --lines: write ssctl -n ${value} logs` : '';
}

/** The commands that have an option. */
export function ownersOf(option: string): string {
  const commands = Object.entries<CommandSpec>(COMMANDS) as [CommandName, CommandSpec][];
  return commands
    .flatMap(([command, {options}]) => (Object.hasOwn(options, option) ? [command] : []))
    .join(', ');
}
