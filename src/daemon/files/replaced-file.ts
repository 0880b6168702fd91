/** A file that ssd replaces as a whole, so that others can read it at any time: the status file or the metrics file. */
import {closeSync, openSync, renameSync, statSync, unlinkSync, writeFileSync} from 'node:fs';
import {causeOf, type FailureOf} from '../../shared/words/errors.js';
import {type Identity, identityOf, removeOwnPath} from './own-path.js';
import {unusable} from './usable-file.js';

export type ReplacedFile = {
  /** Replaces the whole file in one step. @returns null, or why it could not be written */
  readonly replace: (text: string) => string | null;
  /** Removes the file if nobody has replaced it since the last write. */
  readonly remove: () => void;
};

/**
 * Checks that the file can be written, before any worker is started.
 *
 * @throws {Refusal} `file-unusable`
 */
export function prepareReplacedFile(path: string, what: FailureOf<'file-unusable'>['what']): ReplacedFile {
  const temporary = `${path}.${process.pid}`;
  let written: Identity | null = null;
  try {
    const found = statSync(path, {throwIfNoEntry: false});
    if (found && !found.isFile())
      throw new Error(found.isDirectory() ? 'EISDIR' : 'it is not a regular file');
    closeSync(openSync(temporary, 'w', 0o644));
    unlinkSync(temporary);
  } catch (error) {
    throw unusable(what, path, error);
  }
  return {
    replace: text => {
      try {
        writeFileSync(temporary, text, {mode: 0o644});
        renameSync(temporary, path);
        written = identityOf(path);
        return null;
      } catch (error) {
        removeIfThere(temporary);
        return causeOf(error);
      }
    },
    remove: () => {
      if (written) removeOwnPath(path, written);
    },
  };
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The file was never created, or its directory is gone.
  }
}
