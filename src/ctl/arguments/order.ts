/** Turns words and options from text into a checked order. Pure. */

import {isInstanceName} from '../../shared/instance-paths.js';
import {MAX_WORKERS} from '../../shared/protocol/protocol.js';
import {EMPTY_VALUE} from '../../shared/words/command-line.js';
import {invalidOption, misuse} from '../../shared/words/errors.js';
import {signalNamed} from '../../shared/words/signal-name.js';
import {adviceOnCommandLine, adviceOnLines, adviceOnName, ownersOf, unknownCommand} from './advice.js';
import {
  COMMANDS,
  type CommandName,
  type CommandSpec,
  GLOBAL_OPTIONS,
  GOALS,
  type Goal,
  isCommand,
  SHELLS,
  type Shell,
} from './options.js';
import type {Given} from './parser-options.js';
import {type ReexecDetails, readReexec} from './reexec-options.js';
import {
  type RestartDetails,
  readMax,
  readRestart,
  readWaiting,
  type WaitingDetails,
} from './restart-options.js';
import {readChoice, readCount, readNumber, readTime, text} from './values.js';
import {withHelpOf} from './with-help.js';

/** The selected instance. If both are null, it is the only one that runs. */
export type Target = {
  readonly name: string | null;
  readonly socket: string | null;
  /** By what name this machine was reached, with `--host`. */
  readonly host?: string;
};

type Nothing = Readonly<Record<never, never>>;

/** The details of each command. A time of null means no limit. */
export type Details = {
  readonly status: {readonly watch: boolean};
  readonly restart: RestartDetails;
  readonly rollback: WaitingDetails;
  readonly releases: Nothing;
  readonly pause: {readonly maxMs: number; readonly timeoutMs: number | null};
  readonly resume: {readonly timeoutMs: number | null};
  readonly cancel: Nothing;
  readonly accept: Nothing;
  readonly reject: {readonly reason: string | null};
  readonly stop: {
    readonly timeoutMs: number | null;
    readonly killAfterMs: number | null;
    /** The workers of an ssd that was killed are meant. */
    readonly orphans: boolean;
  };
  readonly reexec: ReexecDetails;
  readonly scale: {readonly workers: number; readonly timeoutMs: number | null};
  readonly signal: {readonly signal: string; readonly generation: number | null};
  readonly connections: {readonly generation: number | null; readonly worker: number | null};
  readonly drain: {readonly generation: number | null; readonly timeoutMs: number | null};
  readonly wait: {readonly goal: Goal; readonly timeoutMs: number | null};
  readonly events: {readonly sinceMs: number | null; readonly follow: boolean};
  readonly logs: {readonly lines: number; readonly follow: boolean};
  readonly 'reopen-logs': Nothing;
  readonly metrics: Nothing;
  readonly list: Nothing;
  readonly completion: {readonly shell: Shell};
};

type Instruction<Name extends CommandName> = {
  [C in Name]: {readonly command: C; readonly details: Details[C]};
}[Name];

export type Order = {readonly target: Target; readonly json: boolean} & (
  | {readonly command: 'help'; readonly topic: CommandName | null}
  | {readonly command: 'version'}
  | Instruction<CommandName>
);

/** @throws {Refusal} `usage`, `option-invalid` */
export function readOrder(given: Given): Order {
  return withHelpOf(given.words[0], () => read(given));
}

function read({words, options, commandLine}: Given): Order {
  const [command, argument, ...more] = words;
  const base = {target: readTarget(options), json: options.json === true};
  if (command === 'help')
    return {...base, command, topic: topicOf(argument, [...more, ...(commandLine ?? [])])};
  if (options.help)
    return {...base, command: 'help', topic: command !== undefined && isCommand(command) ? command : null};
  if (options.version) return {...base, command: 'version'};
  if (command === undefined) throw misuse('ssctl', 'no command is given');
  if (!isCommand(command)) throw misuse('ssctl', unknownCommand(command, argument));
  checkArgument(command, argument, more);
  checkOptions(command, options);
  return {...base, ...readInstruction(command, {options, argument: argument ?? '', commandLine})};
}

/** The command that `ssctl help COMMAND` asks about. */
function topicOf(word: string | undefined, more: readonly string[] = []): CommandName | null {
  if (word === undefined) return null;
  if (!isCommand(word)) throw misuse('ssctl', `unknown command ${word}`);
  if (more.length > 0) throw misuse('ssctl', `help takes one command, but also got ${more.join(' ')}`);
  return word;
}

function readInstruction<C extends CommandName>(command: C, input: Input): Instruction<C> {
  return {command, details: readers[command](input)};
}

type Input = {
  readonly options: Given['options'];
  readonly argument: string;
  readonly commandLine: Given['commandLine'] | undefined;
};

const readers: {readonly [C in CommandName]: (input: Input) => Details[C]} = {
  status: ({options}) => ({watch: options.watch === true}),
  restart: ({options}) => readRestart(options),
  rollback: ({options}) => readWaiting(options),
  releases: () => ({}),
  pause: ({options}) => ({maxMs: readMax(options), timeoutMs: readTime(options, 'timeout')}),
  resume: ({options}) => ({timeoutMs: readTime(options, 'timeout')}),
  cancel: () => ({}),
  accept: () => ({}),
  reject: ({argument}) => ({reason: argument === '' ? null : argument}),
  stop: ({options}) => {
    const timeoutMs = readTime(options, 'timeout');
    // ssd kills the workers after this time and then exits, so ssctl needs no time limit of its own.
    const orphans = options.orphans === true;
    if (options.force) return {timeoutMs: null, killAfterMs: timeoutMs ?? 0, orphans};
    return {timeoutMs, killAfterMs: null, orphans};
  },
  reexec: ({options, commandLine}) => readReexec(options, commandLine),
  scale: ({options, argument}) => ({
    workers: readNumber(argument, `scale ${argument}`, {least: 1, most: MAX_WORKERS}),
    timeoutMs: readTime(options, 'timeout'),
  }),
  signal: ({options, argument}) => {
    const signal = signalNamed(argument);
    if (signal === null)
      throw misuse('ssctl', `signal ${argument}: there is no such signal (kill -l lists them)`);
    return {signal, generation: readCount(options, 'generation', {least: 1})};
  },
  connections: ({options}) => ({
    generation: readCount(options, 'generation', {least: 1}),
    worker: readCount(options, 'worker', {least: 1, most: MAX_PID}),
  }),
  drain: ({options}) => ({
    generation: readCount(options, 'generation', {least: 1}),
    timeoutMs: readTime(options, 'timeout'),
  }),
  wait: ({options, argument}) => ({
    goal: readChoice(argument, GOALS, `wait ${argument}`),
    timeoutMs: readTime(options, 'timeout'),
  }),
  events: ({options}) => ({sinceMs: readTime(options, 'since'), follow: options.follow === true}),
  logs: ({options}) => {
    if (options.json)
      throw misuse('ssctl', 'logs prints the log file unchanged; it does not work with --json');
    const advice = adviceOnLines(text(options, 'lines') ?? '');
    return {
      lines: readCount(options, 'lines', {least: 0, advice}) ?? DEFAULT_LINES,
      follow: options.follow === true,
    };
  },
  'reopen-logs': () => ({}),
  metrics: () => ({}),
  list: () => ({}),
  completion: ({options, argument}) => {
    if (options.json) throw misuse('ssctl', 'completion prints a script; it does not work with --json');
    return {shell: readChoice(argument, SHELLS, `completion ${argument}`)};
  },
};

/** The default of tail(1). */
const DEFAULT_LINES = 10;

/** The largest that a kernel can be set to (proc(5), /proc/sys/kernel/pid_max). */
const MAX_PID = 2 ** 22;

function checkArgument(command: CommandName, argument: string | undefined, more: readonly string[]): void {
  const spec: CommandSpec = COMMANDS[command];
  if (spec.argument && !spec.argument.optional && argument === undefined)
    throw misuse('ssctl', `${command} needs ${spec.argument.name}`);
  if (!spec.argument && argument !== undefined)
    throw misuse(
      'ssctl',
      `${command} takes no argument, but got ${[argument, ...more].join(' ')}${adviceOnCommandLine(command) || adviceOnName(argument)}`,
    );
  if (more.length > 0) throw misuse('ssctl', `${command} takes one argument, but also got ${more.join(' ')}`);
}

function checkOptions(command: CommandName, options: Given['options']): void {
  const own: CommandSpec['options'] = COMMANDS[command].options;
  // yargs also lists an option under its letter.
  const foreign = Object.keys(options).find(
    option => option.length > 1 && !Object.hasOwn(GLOBAL_OPTIONS, option) && !Object.hasOwn(own, option),
  );
  if (foreign !== undefined)
    throw misuse(
      'ssctl',
      `${command} has no option --${foreign}; it is one of ${ownersOf(foreign)}${adviceOnCommandLine(command)}`,
    );
}

function readTarget(options: Given['options']): Target {
  const [name, socket] = [text(options, 'name'), text(options, 'socket')];
  // No instance has an empty name, so `wait gone` would succeed at once.
  for (const option of ['name', 'socket'] as const)
    if (options[option] === '') throw invalidOption(option, '', EMPTY_VALUE);
  if (name !== null && !isInstanceName(name))
    throw invalidOption('name', name, 'it is not a valid instance name');
  if (name !== null && socket !== null) throw misuse('ssctl', 'give --name or --socket, not both');
  return {name, socket};
}
