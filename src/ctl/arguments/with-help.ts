import {Refusal} from '../../shared/words/errors.js';
import {isCommand} from './options.js';

/** Runs `read`. A mistake that it finds points to the help of the command, which is shorter than that of all. */
export function withHelpOf<T>(word: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isMistake = error instanceof Refusal && error.failure.code === 'usage' && error.failure.see;
    if (!isMistake || word === undefined || !isCommand(word)) throw error;
    throw new Refusal({...error.failure, see: `ssctl ${word}`});
  }
}
