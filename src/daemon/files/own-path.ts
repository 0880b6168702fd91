/** Tells a file that ssd made from a file that somebody else has put at the same path since. */
import {lstatSync, unlinkSync} from 'node:fs';

/** Device and inode. They tell our file from another one at the same path. */
export type Identity = {readonly dev: bigint; readonly ino: bigint};

/**
 * Removes a path only while it leads to the file that we made. Callers do so before they close the descriptor: an inode
 * number that is free again may belong to a stranger's file at once.
 */
export function removeOwnPath(path: string, identity: Identity): void {
  try {
    if (isOwnPath(path, identity)) unlinkSync(path);
  } catch {
    // The path is in a directory where we may not remove anything.
  }
}

/** Whether a path still leads to the file that we made. */
export function isOwnPath(path: string, identity: Identity): boolean {
  try {
    const found = identityOf(path);
    return found.dev === identity.dev && found.ino === identity.ino;
  } catch {
    // The file is gone or out of reach.
    return false;
  }
}

export function identityOf(path: string): Identity {
  const {dev, ino} = lstatSync(path, {bigint: true});
  return {dev, ino};
}
