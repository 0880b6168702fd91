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
  /** `option-invalid`, and `usage` for one that is unknown: the name of the option, such as `killOldDelay`. */
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
  const made: Error = new Error(printable(forPrograms(failure) ?? describeFailure(failure)));
  return Object.assign(made, {code: failure.code, ...factsOf(failure)}) satisfies ServerError;
}

/** Runs `action`. @throws {ServerError} in place of a refusal */
export async function explained<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw await explain(error);
  }
}

function factsOf(failure: Failure): Pick<ServerError, 'reason' | 'option'> {
  if (failure.code === 'request-refused') return {reason: failure.error};
  return failure.code === 'usage' && failure.option !== undefined ? {option: failure.option} : {};
}

/** The advice of these two is about the options of ssctl. null: the sentence for people fits. */
function forPrograms(failure: Failure): string | null {
  if (failure.code === 'several-instances')
    return `several instances are running; give the name of one: ${failure.names.join(', ')}`;
  if (failure.code !== 'no-instance') return null;
  const {name, searched} = failure;
  const what = name === null ? 'instance of ssd' : `instance "${name}"`;
  return `no ${what} is running (looked in ${searched.join(', ')}); for one elsewhere, or of another user, give control, the path of its socket`;
}
