/** Files that options name: how they are opened without being made, and how they are refused. */
import {accessSync, constants, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {causeOf, type FailureOf, Refusal} from '../../shared/words/errors.js';

type What = FailureOf<'file-unusable'>['what'];

/**
 * Opens a file for a check: it is neither made nor waited for.
 *
 * @returns null where there is no such file and its directory takes a new one
 * @throws {Refusal} `file-unusable`
 */
export function openIfThere(path: string, flags: number, what: What): number | null {
  try {
    return openSync(path, flags | constants.O_NONBLOCK);
  } catch (error) {
    if (causeOf(error) !== 'ENOENT') throw unusable(what, path, error);
  }
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    throw unusable(what, path, error);
  }
}

export function unusable(what: What, path: string, error: unknown): Refusal {
  return new Refusal({code: 'file-unusable', what, path, cause: causeOf(error)});
}
