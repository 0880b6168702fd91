/** What a shell can complete in the command lines of both programs. Pure. */
import {constants} from 'node:os';

/** The option with which the scripts of `completion-script.ts` ask. The line up to the cursor follows it. */
export const COMPLETE = '--complete';

/** `signal-sequence`: signals and times in turn, between commas. `list`: the choices, between commas. */
export type ValueKind = 'file' | 'directory' | 'signal' | 'signal-sequence' | 'list' | 'instance';

/**
 * What the shell completes by itself, in addition. `command`: the rest of the line is a command of its own. `ssd`: it is a
 * command line of ssd, without that word.
 */
export type Rest = 'nothing' | 'files' | 'directories' | 'command' | 'ssd';

export type Completion = {readonly words: readonly string[]; readonly rest: Rest};

export const NOTHING: Completion = {words: [], rest: 'nothing'};

/** What can be completed, as in the option lists of both programs. */
export type Completes = {
  readonly type?: 'string' | 'boolean' | 'array';
  readonly completes?: ValueKind;
  readonly choices?: readonly string[];
};

/** The value that is being typed, and the option to which it belongs. */
export type Typed = {
  readonly option: string;
  readonly value: string;
  /** What a completion begins with. */
  readonly before: string;
};

/**
 * @param words the words before the one that is being typed
 * @returns null if that cannot be a value of an option
 */
export function valueAt(words: readonly string[], current: string): Typed | null {
  const last = words.at(-1) ?? '';
  // bash splits at `=`, so `--until=re` arrives as three words, and only the value needs completion.
  if (current === '=') return {option: last, value: '', before: ''};
  if (last === '=') return {option: words.at(-2) ?? '', value: current, before: ''};
  const [, option, value] = /^(--[a-z0-9-]+)=(.*)$/s.exec(current) ?? [];
  if (option !== undefined && value !== undefined) return {option, value, before: `${option}=`};
  return last.startsWith('-') ? {option: last, value: current, before: ''} : null;
}

/** @param instances returns the names of all instances */
export function completeValue(
  {completes, choices = []}: Completes,
  {value, before}: Pick<Typed, 'value' | 'before'>,
  instances: () => readonly string[],
): Completion {
  const isList = completes === 'list' || completes === 'signal-sequence';
  const start = isList ? value.lastIndexOf(',') + 1 : 0;
  const typed = value.slice(start);
  const found = completes === 'instance' ? instances() : (wordsFor(completes, typed, value) ?? choices);
  return {
    words: found.filter(word => word.startsWith(typed)).map(word => before + value.slice(0, start) + word),
    rest: completes === 'file' ? 'files' : completes === 'directory' ? 'directories' : 'nothing',
  };
}

/** @returns null if the choices are meant */
function wordsFor(completes: ValueKind | undefined, typed: string, value: string): readonly string[] | null {
  if (completes === 'signal') return signals(typed);
  if (completes !== 'signal-sequence') return null;
  // Every second place is that of a time.
  return value.split(',').length % 2 === 0 ? [] : signals(typed);
}

/** Options that begin as typed. One that was given is not offered again, unless it may be repeated. */
export function completeOption(
  options: Readonly<Record<string, Completes>>,
  words: readonly string[],
  current: string,
): Completion {
  const found = Object.entries(options)
    .filter(([name, {type}]) => type === 'array' || !words.includes(`--${name}`))
    .map(([name]) => `--${name}`);
  return {words: found.filter(option => option.startsWith(current)), rest: 'nothing'};
}

/** The lines that the scripts read: the words, and as the last one what the shell is to complete. */
export function completionLines({words, rest}: Completion): readonly string[] {
  return [...words, `:${rest}`];
}

/** The names have their prefix only if its typing was begun. */
function signals(typed: string): readonly string[] {
  const names = Object.keys(constants.signals);
  return typed.startsWith('SIG') ? names : names.map(name => name.replace(/^SIG/, ''));
}
