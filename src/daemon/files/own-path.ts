/** Tells a file that ssd made from a file that somebody else has put at the same path since. */
import {lstatSync, rmdirSync, unlinkSync} from 'node:fs';
import {causeOf} from '../../shared/words/errors.js';
import {inPlaceItself} from '../system/place.js';

/** Device and inode. They tell our file from another one at the same path. */
export type Identity = {readonly dev: bigint; readonly ino: bigint};

/**
 * Removes a path only while it leads to the file that we made. Callers do so before they close the descriptor, because a
 * freed inode number may belong to somebody else's file at once.
 *
 * @param walk `inPlace` for a file that was made where a link leads
 * @throws the system error if the path cannot be read or removed; a path that is gone is no error
 */
export function removeOwnPath(path: string, identity: Identity, walk = inPlaceItself): void {
  try {
    walk(path, at => {
      if (isSame(identityOf(at), identity)) unlinkSync(at);
    });
  } catch (error) {
    const code = causeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
}

/** Removes a file that was made a moment ago, after another failure, which matters more. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The file was never made, or its directory is gone.
  }
}

/** Removes a directory if nothing is in it. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // The directory is gone or was never made, or somebody else uses it.
  }
}

/** Whether a path still leads to the file that we made. */
export function isOwnPath(path: string, identity: Identity): boolean {
  try {
    return inPlaceItself(path, at => isSame(identityOf(at), identity));
  } catch {
    // The file is gone or out of reach.
    return false;
  }
}

export function identityOf(path: string): Identity {
  const {dev, ino} = lstatSync(path, {bigint: true});
  return {dev, ino};
}

export function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
