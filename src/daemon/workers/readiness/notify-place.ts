/**
 * Where the notification socket is: in a directory of its own, which everybody may enter and nobody but us may change,
 * because a worker may have become another user by the time it is ready. Not in /tmp where there is a directory for
 * what runs: what cleans up /tmp would take it away. Where no directory can be made, the address is abstract, which some
 * libraries cannot reach (sd_notify of Ruby takes the `@` for part of a path).
 */
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {pathProblem} from '../../../shared/instance-paths.js';
import {type Identity, identityOf, isOwnPath, removeOwnPath} from '../../files/own-path.js';
import {socketName} from '../../system/posix.js';
import {openDatagramSocket} from '../../system/posix-datagram.js';

export type NotifyPlace = {
  readonly fd: number;
  /** As NOTIFY_SOCKET has it: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Whether workers can still reach it. */
  readonly isThere: () => boolean;
  /** Removes the path; the descriptor stays open. */
  readonly remove: () => void;
};

/**
 * Opens a notification socket.
 *
 * @param former the address of one that was removed, which running workers have: it is taken again if it can be
 * @param parents where its directory may be, the best place first
 */
export function openNotifyPlace(former: string | null, parents: readonly string[]): NotifyPlace {
  const again = former?.startsWith('/') ? openIn(() => makeAgain(dirname(former))) : null;
  if (again) return again;
  for (const parent of parents) {
    const place = openIn(() => mkdtempSync(join(parent, 'ssd-notify-')));
    if (place) return place;
  }
  return openAbstract();
}

/** The runtime directory of a user is for that user alone, and so is an ssd that cannot change its user. */
export function notifyParents(): readonly string[] {
  const runtime = process.getuid?.() === 0 ? '/run' : process.env.XDG_RUNTIME_DIR;
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
    openDirectory(directory);
    return {
      fd,
      address: path,
      isThere: () => isOwnPath(path, identity),
      remove: () => removeWithDirectory(path, identity),
    };
  } catch {
    // No place to write to, or a path that is too long.
    if (fd !== -1) closeSync(fd);
    if (directory !== null) removeEmpty(directory);
    return null;
  }
}

/** Not by chmod(2) afterwards: where others may write beside it, the name may lead elsewhere by then. */
function openForAll(path: string): number {
  const former = process.umask(0o111);
  try {
    return openDatagramSocket(path);
  } finally {
    process.umask(former);
  }
}

function openDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, 0o711);
  } finally {
    closeSync(fd);
  }
}

/** Somebody else may have made it meanwhile, where all may write. */
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
  return {fd, address, isThere: () => true, remove: () => {}};
}

function removeWithDirectory(path: string, identity: Identity): void {
  removeOwnPath(path, identity);
  removeEmpty(dirname(path));
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is gone already, or something else is in it.
  }
}
