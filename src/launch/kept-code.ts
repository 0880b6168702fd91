/**
 * Reads compiled code from the cache. V8 checks its version, its flags and the length of the source, but not the code
 * itself: with one wrong bit V8 may abort. So the code is used only under these conditions:
 *
 * - Only root or this user can have written the file and its directory. If this user is root, only root can have.
 * - The file has the code twice, and both copies are equal. This check takes 0.1 ms. A checksum in JavaScript takes
 *   1.5 ms, one of node:zlib as long with the time to load it, and SHA-1 3 ms.
 * - Its name has the build, the modification time of the program, and the version, architecture and options of Node. A
 *   program edited in place does not run its old code.
 */
import {closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats} from 'node:fs';
import {dirname} from 'node:path';

const CHUNK = 64 * 1024;
/** Many times the size of either program's code. */
const MAX_BYTES = 64 * 1024 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/** @param identity what identifies the text of the program; what identifies V8 is added */
export function nameOf(identity: readonly (string | number)[]): string {
  const words = identity.map(word => (typeof word === 'number' ? Math.floor(word) : word));
  return [...words, process.version, process.arch, hash(process.execArgv.join('\0'))].join('-');
}

/** The code at this path, or undefined if there is none or it cannot be trusted. Never throws. */
export function readKept(path: string): Buffer | undefined {
  let fd = -1;
  try {
    if (!isTrusted(lstatSync(dirname(path)), 'directory')) return undefined;
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!isTrusted(stats, 'file') || stats.size > MAX_BYTES) return undefined;
    return readTwice(fd, stats.size / 2);
  } catch {
    // There is no cache yet, or there will never be one.
    return undefined;
  } finally {
    if (fd !== -1) closeSync(fd);
  }
}

/** Whether it has this type, belongs to root or this user, and cannot be written by others. */
export function isTrusted(stats: Stats, type: 'directory' | 'file'): boolean {
  if (!(type === 'directory' ? stats.isDirectory() : stats.isFile())) return false;
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return false;
  return stats.uid === 0 || stats.uid === process.geteuid?.();
}

/** The first half of the file, if the second half is equal. */
function readTwice(fd: number, length: number): Buffer | undefined {
  if (length === 0 || !Number.isInteger(length)) return undefined;
  const code = Buffer.allocUnsafeSlow(length);
  if (readSync(fd, code, 0, length, 0) !== length) return undefined;
  const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK, length));
  for (let at = 0; at < length; at += CHUNK) {
    const size = Math.min(CHUNK, length - at);
    if (readSync(fd, chunk, 0, size, length + at) !== size) return undefined;
    if (chunk.compare(code, at, at + size, 0, size) !== 0) return undefined;
  }
  return code;
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}
