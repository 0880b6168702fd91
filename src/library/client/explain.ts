/** Makes the errors of the library: a stable code and one line. The words are loaded only for an error. */
import {type Failure, Refusal} from '../../shared/words/errors.js';

/**
 * The error that the functions of the library throw. `code` is stable; ssd-control(7) and ssd(8) list the codes. `message` is
 * one line.
 */
export type ServerError = Error & {
  readonly code: string;
  /** `request-refused`: the code of ssd for it, such as `stopping`. */
  readonly reason?: string;
  /** `option-invalid`: the name of the option, such as `killOldDelay`. */
  readonly option?: string;
};

/** @returns a `ServerError` in place of a refusal; any other error as it is */
export async function explain(error: unknown): Promise<unknown> {
  if (!(error instanceof Refusal)) return error;
  const [{describeFailure}, {printable}] = await Promise.all([
    import('../../shared/words/wording.js'),
    import('../../shared/words/printable.js'),
  ]);
  const {failure} = error;
  const made: Error = new Error(printable(describeFailure(failure)));
  return Object.assign(made, {code: failure.code, ...reasonOf(failure)}) satisfies ServerError;
}

/** Runs `action`. @throws {ServerError} in place of a refusal */
export async function explained<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw await explain(error);
  }
}

function reasonOf(failure: Failure): {readonly reason?: string} {
  return failure.code === 'request-refused' ? {reason: failure.error} : {};
}
