import {type Failure, Refusal} from '../../src/shared/words/errors.js';

/** The failure with which `action` refuses; an error when it does not. */
export function refusalOf(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
  throw new Error('it was not refused');
}
