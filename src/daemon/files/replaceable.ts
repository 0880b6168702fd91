/** Refuses files that rename(2) can never replace, although a new file can be made beside them. */
import {accessSync, constants, lstatSync, realpathSync, type Stats, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {readWhole} from '../../shared/read-whole.js';
import {causeOf, type FailureOf} from '../../shared/words/errors.js';
import {STICKY} from '../system/place.js';
import {CAP_FOWNER, ownCapabilities} from '../system/unix/capabilities.js';
import {unusable} from './usable-file.js';

/** @throws {Refusal} `file-unusable` */
export function checkReplaceable(path: string, what: FailureOf<'file-unusable'>['what']): void {
  let reason: string | null = null;
  try {
    const found = lstatSync(path, {throwIfNoEntry: false});
    if (found) reason = reasonAgainst(path, found);
  } catch (error) {
    throw unusable(what, path, error);
  }
  if (reason !== null) throw unusable(what, path, new Error(reason));
}

function reasonAgainst(path: string, found: Stats): string | null {
  if (isKept(found, statSync(dirname(path)))) {
    return 'it belongs to another user, in a directory with the sticky bit';
  }
  return isMountPoint(path) ? 'something is mounted on it, so it cannot be replaced' : immutability(path);
}

/** In a directory such as /tmp only the owner of the file, or of the directory, may replace a file. */
function isKept(found: Stats, directory: Stats): boolean {
  const uid = process.geteuid?.();
  const isForeign = (directory.mode & STICKY) !== 0 && found.uid !== uid && directory.uid !== uid;
  return isForeign && !mayActAsOwner();
}

function mayActAsOwner(): boolean {
  const own = ownCapabilities();
  // No /proc. As a rule, root has every capability.
  if (own === null) return process.geteuid?.() === 0;
  return (own & CAP_FOWNER) !== 0n;
}

/** A file may be mounted into a container by itself. rename(2) then fails with EBUSY. */
function isMountPoint(path: string): boolean {
  try {
    const place = realpathSync(path).replace(/[ \t\n\\]/g, found => `\\${octal(found)}`);
    const mounts = readWhole('/proc/self/mountinfo').split('\n');
    return mounts.some(line => line.split(' ')[4] === place);
  } catch {
    // No /proc. If it is one, the first write fails.
    return false;
  }
}

function octal(character: string): string {
  return character.charCodeAt(0).toString(8).padStart(3, '0');
}

/** For an immutable file (chattr(1)) the kernel says EPERM; for one that we may not write it says EACCES. */
function immutability(path: string): string | null {
  try {
    accessSync(path, constants.W_OK);
    return null;
  } catch (error) {
    return causeOf(error) === 'EPERM' ? 'EPERM' : null;
  }
}
