/**
 * Makes the notification socket in a directory of its own. Everybody may enter the directory, because a worker may have
 * become another user by the time it is ready, but only we can change it. A runtime directory is better than /tmp, where a
 * clean-up job could remove it. If no directory can be made, the address is abstract. Some libraries cannot reach that:
 * sd_notify of Ruby takes the `@` for part of a path.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {pathProblem} from '../../../shared/instance-paths.js';
import {type Identity, identityOf, isOwnPath, removeIfEmpty, removeOwnPath} from '../../files/own-path.js';
import {fromPlain, type PlainIdentity, toPlain} from '../../files/plain-identity.js';
import type {HandedOver} from '../../handover/handed-over.js';
import {socketName} from '../../system/posix.js';
import {openDatagramSocket} from '../../system/posix-datagram.js';
import {PLACE_PREFIX} from './stale-places.js';

export type NotifyPlace = {
  readonly fd: number;
  /** Tells its path from one of somebody else; null: the address is abstract. */
  readonly identity: Identity | null;
  /** The value of NOTIFY_SOCKET: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Whether workers can still reach it. */
  readonly isThere: () => boolean;
  /** Removes the path; the descriptor stays open. */
  readonly remove: () => void;
};

/**
 * Opens a notification socket.
 *
 * @param former the address of a socket that was removed; running workers have it, so it is used again if possible
 * @param parents where its directory may be, the best place first
 */
export function openNotifyPlace(former: string | null, parents: readonly string[]): NotifyPlace {
  const again = former?.startsWith('/') ? openIn(() => makeAgain(dirname(former))) : null;
  if (again) return again;
  for (const parent of parents) {
    const place = openIn(() => mkdtempSync(join(parent, PLACE_PREFIX)));
    if (place) return place;
  }
  return openAbstract();
}

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type PlaceState = {
  readonly fd: number;
  readonly address: string;
  readonly identity: PlainIdentity | null;
};

/**
 * The place that a former image of ssd has handed over, with the socket and what has arrived in it.
 *
 * @returns null if the descriptor is none
 */
export function revivePlace({fd, address, identity}: PlaceState): NotifyPlace | null {
  try {
    if (!fstatSync(fd).isSocket()) return null;
  } catch {
    // EBADF.
    return null;
  }
  return identity ? placeAt(address, fd, fromPlain(identity)) : abstractPlace(address, fd);
}

export function handOverPlace({fd, address, identity}: NotifyPlace): HandedOver<PlaceState> {
  return {state: {fd, address, identity: identity && toPlain(identity)}, fds: [fd]};
}

/**
 * Only its user can enter XDG_RUNTIME_DIR. That is enough where workers stay that user.
 *
 * @param isOther whether workers are another user
 */
export function notifyParents(isOther = false): readonly string[] {
  const own = isOther ? undefined : process.env.XDG_RUNTIME_DIR;
  const runtime = process.getuid?.() === 0 ? '/run' : own;
  // sd_notify(3) knows absolute paths only, and a worker may have another working directory.
  return [...(runtime?.startsWith('/') ? [runtime] : []), resolve(tmpdir())];
}

function openIn(makeDirectory: () => string): NotifyPlace | null {
  let directory: string | null = null;
  let fd = -1;
  try {
    directory = makeDirectory();
    const path = join(directory, 'socket');
    if (pathProblem(path) !== null) throw new Error(path);
    fd = openForAll(path);
    const identity = identityOf(path);
    letAllEnter(directory);
    return placeAt(path, fd, identity);
  } catch {
    // No place to write to, or a path that is too long.
    if (fd !== -1) closeSync(fd);
    if (directory !== null) removeIfEmpty(directory);
    return null;
  }
}

/** The umask sets the mode, not chmod(2) afterwards: the name may lead elsewhere by then. */
function openForAll(path: string): number {
  const former = process.umask(0o111);
  try {
    return openDatagramSocket(path);
  } finally {
    process.umask(former);
  }
}

function letAllEnter(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, 0o711);
  } finally {
    closeSync(fd);
  }
}

/** Makes a directory again. Where all may write, somebody else may have made it meanwhile. */
function makeAgain(directory: string): string {
  try {
    mkdirSync(directory, {mode: 0o700});
  } catch {
    const found = lstatSync(directory);
    const isOwn = found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
    if (!isOwn) throw new Error(directory);
  }
  return directory;
}

function openAbstract(): NotifyPlace {
  const fd = openDatagramSocket(null);
  const address = `@${socketName(fd).subarray(3).toString('latin1')}`;
  return abstractPlace(address, fd);
}

function placeAt(address: string, fd: number, identity: Identity): NotifyPlace {
  return {
    fd,
    identity,
    address,
    isThere: () => isOwnPath(address, identity),
    remove: () => removeWithDirectory(address, identity),
  };
}

function abstractPlace(address: string, fd: number): NotifyPlace {
  return {fd, identity: null, address, isThere: () => true, remove: () => {}};
}

function removeWithDirectory(path: string, identity: Identity): void {
  removeOwnPath(path, identity);
  removeIfEmpty(dirname(path));
}
