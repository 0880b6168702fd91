/** Tells what we made at a path from what somebody else has put there since. */
import {lstatSync, unlinkSync} from 'node:fs';

/** Device and inode: what tells our file from another one at the same path. */
export type Identity = {readonly dev: bigint; readonly ino: bigint};

/** Removes a path only while it is what we made. To be called before the descriptor is closed: an inode number
 * that is free again may belong to a stranger's file at once. */
export function removeOwnPath(path: string, identity: Identity): void {
  try {
    if (isOwnPath(path, identity)) unlinkSync(path);
  } catch {
    // Not ours to remove.
  }
}

/** Whether a path is still what we made. */
export function isOwnPath(path: string, identity: Identity): boolean {
  try {
    const found = identityOf(path);
    return found.dev === identity.dev && found.ino === identity.ino;
  } catch {
    // It is gone, or out of reach.
    return false;
  }
}

export function identityOf(path: string): Identity {
  const {dev, ino} = lstatSync(path, {bigint: true});
  return {dev, ino};
}
