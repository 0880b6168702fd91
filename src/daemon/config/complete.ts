/** Completes the last word of a command line of ssd. Pure. */
import {
  type Completion,
  completeOption,
  completeValue,
  NOTHING,
  type Typed,
  valueAt,
} from '../../shared/complete-value.js';
import type {OptionSpec} from './option-spec.js';
import {OPTIONS} from './options.js';

/** @param line the words, beginning with the program name; the last one is unfinished or empty */
export function complete(line: readonly string[]): Completion {
  const words = line.slice(1, -1);
  const current = line.at(-1) ?? '';
  if (hasProgram(words)) return {words: [], rest: 'command'};
  const typed = typedIn(words, current);
  const spec = typed && specOf(typed.option);
  if (typed && spec && spec.type !== 'boolean') return completeValue(spec, typed, () => []);
  if (current.startsWith('-')) return completeOption(OPTIONS, words, current);
  return current === '' || typed ? NOTHING : {words: [], rest: 'files'};
}

/** The word after an option whose value may be left out is not its value. */
function typedIn(words: readonly string[], current: string): Typed | null {
  const typed = valueAt(words, current);
  const isNext = current !== '=' && words.at(-1) === typed?.option;
  return typed && isNext && specOf(typed.option)?.bare !== undefined ? null : typed;
}

/** Whether the program, whose own arguments follow, stands before the last word. */
function hasProgram(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--' || !word.startsWith('-')) return true;
    const takesNext = !word.includes('=') && takesValue(specOf(word));
    if (words[at + 1] === '=') at += 2;
    else if (takesNext) at += 1;
  }
  return false;
}

function takesValue(spec: OptionSpec | null): boolean {
  return spec !== null && spec.type !== 'boolean' && spec.bare === undefined;
}

function specOf(word: string): OptionSpec | null {
  const name = word.replace(/^--/, '');
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof typeof OPTIONS] : null;
}
