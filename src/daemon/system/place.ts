/**
 * Follows a path without being led astray. Root's ssd can have files in the directories of other users, who can put a
 * symbolic link in the place of a file or a directory at any time. Root would then write where they want it.
 *
 * So a path is walked name by name. Each directory is held open (O_PATH), and the next name is looked up in it through
 * /proc/self/fd, so that nobody can exchange what was found. A link is followed only if it belongs to root or to ssd's user
 * and nobody else can have put it there, as the kernel does in sticky directories (fs.protected_symlinks, proc(5)).
 * Without /proc the names are checked in the same way, but can be exchanged in between.
 */
import {constants, existsSync, lstatSync, openSync, readlinkSync, type Stats, statfsSync} from 'node:fs';
import {join} from 'node:path';
import {closeQuietly} from './close-quietly.js';

/** @param at the same place for system calls. Its last name is not a link, except one of /proc that stands for a descriptor. */
type Act<T> = (at: string, noFollow: number) => T;

/**
 * Calls `act` while the directory of `path` is held open.
 *
 * @throws a system error if the path cannot be walked, or an error that names a link of somebody else
 */
export function inPlace<T>(path: string, act: Act<T>): T {
  return walk(path, true, act);
}

/** The same, but a link at the end is not followed: for what is replaced or removed itself. */
export function inPlaceItself<T>(path: string, act: Act<T>): T {
  return walk(path, false, act);
}

/** Like `openSync`, but never follows a link of somebody else. @throws as {@link inPlace} */
export function openInPlace(path: string, flags: number, mode?: number): number {
  return inPlace(path, (at, noFollow) => openSync(at, flags | noFollow, mode));
}

/** Linux; Node does not list it. */
const O_PATH = 0o10000000;
const PROC_SUPER_MAGIC = 0x9fa0;
/** The kernel follows no more links in one path (path_resolution(7)). */
export const MAX_LINKS = 40;
const WRITABLE_BY_OTHERS = 0o022;
export const STICKY = 0o1000;

/** A directory on the way. It is reached by its descriptor, or by its name where there is no /proc. */
type Directory = {readonly name: string; readonly fd: number | null};

function walk<T>(path: string, followLast: boolean, act: Act<T>): T {
  const names = namesOf(path);
  let directory = openDirectory(path.startsWith('/') ? '/' : '.');
  let links = 0;
  const enter = (next: Directory) => {
    close(directory);
    directory = next;
  };
  try {
    for (;;) {
      const name = names.shift() ?? '.';
      const at = reach(directory, name);
      const isLast = names.length === 0;
      const found = isLast && !followLast ? undefined : lstatSync(at, {throwIfNoEntry: false});
      if (found?.isSymbolicLink()) {
        checkLink(directory, name, found);
        links += 1;
        if (links > MAX_LINKS) throw Object.assign(new Error('ELOOP'), {code: 'ELOOP'});
        if (isOfProc(directory)) {
          if (isLast) return act(at, 0);
          enter(openDirectory(join(directory.name, name), at, 0));
          continue;
        }
        const target = readlinkSync(at);
        if (target.startsWith('/')) enter(openDirectory('/'));
        names.unshift(...namesOf(target));
      } else if (isLast) {
        return act(at, constants.O_NOFOLLOW);
      } else {
        enter(openDirectory(join(directory.name, name), at));
      }
    }
  } finally {
    close(directory);
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter(name => name !== '');
}

function openDirectory(name: string, at = name, noFollow: number = constants.O_NOFOLLOW): Directory {
  const fd = openSync(at, O_PATH | constants.O_DIRECTORY | noFollow);
  if (existsSync('/proc/self/fd')) return {name, fd};
  closeQuietly(fd);
  return {name, fd: null};
}

function close({fd}: Directory): void {
  if (fd !== null) closeQuietly(fd);
}

/** Not by `join`, which would resolve `.` and `..` before the kernel does. */
function reach({name: directory, fd}: Directory, name: string): string {
  return `${fd === null ? directory : `/proc/self/fd/${fd}`}/${name}`;
}

/** A link in /proc may stand for an open file, whatever its text is. */
function isOfProc(directory: Directory): boolean {
  return statfsSync(reach(directory, '.')).type === PROC_SUPER_MAGIC;
}

function checkLink(directory: Directory, name: string, link: Stats): void {
  const path = join(directory.name, name);
  const advice = 'name the file that is meant';
  if (!isOurs(link)) throw new Error(`${path} is a symbolic link of uid ${link.uid}; ${advice}`);
  const parent = lstatSync(reach(directory, '.'));
  if (!isOurs(parent))
    throw new Error(`${path} is a symbolic link in a directory of uid ${parent.uid}; ${advice}`);
  if ((parent.mode & WRITABLE_BY_OTHERS) !== 0 && (parent.mode & STICKY) === 0)
    throw new Error(`${path} is a symbolic link in a directory where others may write; ${advice}`);
}

function isOurs({uid}: Stats): boolean {
  return uid === 0 || uid === process.getuid?.();
}
