/** Users, groups, and files that are given to them. Errors are as in `posix.ts`. */
import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import {check, libc, systemError} from '../posix.js';

/** -1 leaves the user or the group as it is (chown(2)). */
export type Owner = {readonly uid: number; readonly gid: number};

const POINTER = process.arch === 'arm' || process.arch === 'ia32' ? 4 : 8;
/** pw_uid and gr_gid both stand behind two pointers: the name and the password. */
const ID = 2 * POINTER;
/** A group may have thousands of members, whose names must find room. */
const TEXT_BYTES = 2 ** 20;
const AT_EMPTY_PATH = 0x1000;
/** Linux; Node does not list it. */
const O_PATH = 0o10000000;

/**
 * By name, through all sources of the system: files, LDAP and others (nsswitch.conf(5)).
 *
 * @returns the number, or null if there is no such user
 * @throws the system error of the look-up
 */
export function userNumber(user: string): number | null {
  return idOf(user, 'getpwnam');
}

/** As {@link userNumber}. */
export function groupNumber(group: string): number | null {
  return idOf(group, 'getgrnam');
}

function idOf(name: string, call: 'getpwnam' | 'getgrnam'): number | null {
  if (/^\d+$/.test(name)) return Number(name);
  const [entry, text, found] = [Buffer.alloc(128), Buffer.alloc(TEXT_BYTES), Buffer.alloc(8)];
  // The error is the result, not errno. Several errors only say that there is no such name (getpwnam(3)).
  const lookUp = libc.func(`int ${call}_r(const char *, void *, void *, size_t, void *)`);
  const errno: number = lookUp(name, entry, text, text.length, found);
  if (errno !== 0 && !ABSENT.has(errno)) throw systemError(call, errno);
  return errno === 0 && found.some(byte => byte !== 0) ? entry.readUInt32LE(ID) : null;
}

/** EPERM, ENOENT, ESRCH, EBADF. */
const ABSENT: ReadonlySet<number> = new Set([1, 2, 3, 9]);

/**
 * Gives a newly bound socket to another owner. The owner of the directory could have replaced the socket with a symbolic
 * link, or with a hard link to a file of root. So the path is opened without following links, checked, and changed through
 * the descriptor.
 *
 * @throws the system error, or an error if it is not a new socket of this process' user
 */
export function giveSocket(path: string, {uid, gid}: Owner): void {
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    if (!found.isSocket() || found.nlink !== 1 || found.uid !== process.geteuid?.())
      throw new Error('another process has taken the path');
    const fchownat = libc.func('int fchownat(int, const char *, unsigned int, unsigned int, int)');
    check('fchownat', fchownat(fd, '', uid >>> 0, gid >>> 0, AT_EMPTY_PATH));
  } finally {
    closeSync(fd);
  }
}
