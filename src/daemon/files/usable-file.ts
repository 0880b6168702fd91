/** Files that options name: how a check opens them without creating them, and how ssd refuses them. */
import {accessSync, constants} from 'node:fs';
import {dirname} from 'node:path';
import {causeOf, type FailureOf, Refusal} from '../../shared/words/errors.js';
import {inPlace, openInPlace} from '../system/place.js';

type What = FailureOf<'file-unusable'>['what'];

/**
 * Opens a file for a check. It does not create the file and never waits.
 *
 * @returns null if there is no such file and one could be created in its directory
 * @throws {Refusal} `file-unusable`
 */
export function openIfThere(path: string, flags: number, what: What): number | null {
  try {
    return openInPlace(path, flags | constants.O_NONBLOCK);
  } catch (error) {
    if (causeOf(error) !== 'ENOENT') throw unusable(what, path, error);
  }
  try {
    inPlace(path, at => accessSync(dirname(at), constants.W_OK | constants.X_OK));
    return null;
  } catch (error) {
    throw unusable(what, path, error);
  }
}

export function unusable(what: What, path: string, error: unknown): Refusal {
  return new Refusal({code: 'file-unusable', what, path, cause: causeOf(error)});
}
