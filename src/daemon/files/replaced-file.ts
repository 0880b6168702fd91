/** A file that ssd replaces as a whole, so that a reader always finds a whole one: status, metrics and state file. */
import {constants, existsSync, openSync, renameSync, statSync, unlinkSync, writeFileSync} from 'node:fs';
import {causeOf, type FailureOf} from '../../shared/words/errors.js';
import {closeQuietly} from '../system/close-quietly.js';
import {inPlaceItself} from '../system/place.js';
import {type Identity, identityOf, removeIfThere, removeOwnPath} from './own-path.js';
import {unguessableName} from './unguessable-name.js';
import {unusable} from './usable-file.js';

export type ReplacedFile = {
  /** Replaces the whole file in one step. @returns null, or why it could not be written */
  readonly replace: (text: string) => string | null;
  /** Whether there is a file at the path, no matter whose. Before the first write it counts as there. */
  readonly isThere: () => boolean;
  /** Removes the file if it is still the one that was written last. */
  readonly remove: () => void;
};

/**
 * Checks that the file can be written, before any worker is started. Each time ssd writes a new file, under a name that
 * nobody can guess, and renames it. It never opens a file that is there, because others may write in the directory.
 *
 * @param mode less the umask
 * @throws {Refusal} `file-unusable`
 */
export function prepareReplacedFile(
  path: string,
  what: FailureOf<'file-unusable'>['what'],
  mode = 0o644,
): ReplacedFile {
  let written: Identity | null = null;
  try {
    inPlaceItself(path, at => {
      const found = statSync(at, {throwIfNoEntry: false});
      if (found && !found.isFile())
        throw new Error(found.isDirectory() ? 'EISDIR' : 'it is not a regular file');
      unlinkSync(writeBeside(at, '', mode));
    });
  } catch (error) {
    throw unusable(what, path, error);
  }
  return {
    replace: text => {
      try {
        written = inPlaceItself(path, at => replaceAt(at, text, mode));
        return null;
      } catch (error) {
        return causeOf(error);
      }
    },
    isThere: () => written === null || existsSync(path),
    remove: () => {
      if (written) removeOwnPath(path, written);
    },
  };
}

function replaceAt(at: string, text: string, mode: number): Identity {
  const temporary = writeBeside(at, text, mode);
  try {
    const identity = identityOf(temporary);
    renameSync(temporary, at);
    return identity;
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** @returns the path of a new file */
function writeBeside(at: string, text: string, mode: number): string {
  const path = `${at}.${unguessableName()}`;
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    writeFileSync(fd, text);
  } catch (error) {
    closeQuietly(fd);
    removeIfThere(path);
    throw error;
  }
  closeQuietly(fd);
  return path;
}
