/** The sentences for mistakes on the command line of both programs. */
import type {LineMistake} from '../scan-options.js';

/** @example describeLineMistake({type: 'unknown-option', option: '--prot', nearest: '--port'}) */
export function describeLineMistake(mistake: LineMistake): string {
  switch (mistake.type) {
    case 'flag-value':
      return `${mistake.option}=${mistake.value}: expected ${mistake.option} alone, or =true or =false`;
    case 'value-missing':
      return `${mistake.option} needs a value`;
    case 'unknown-option':
      return `unknown option ${mistake.option}${didYouMean(mistake.nearest)}`;
  }
}

/** The end of a message about an unknown word. */
export function didYouMean(nearest: string | null): string {
  return nearest === null ? '' : ` (did you mean ${nearest}?)`;
}

/** What is wrong with a word that is none of those that are known. */
export function expectedOneOf(choices: readonly string[], nearest: string | null): string {
  return `expected ${choices.join(' or ')}${didYouMean(nearest)}`;
}

/** What is wrong with an empty value. A shell makes one of a variable that is not set. */
export const EMPTY_VALUE = 'the value is empty; is a variable not set?';
