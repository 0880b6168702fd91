/**
 * `--log-file=/dev/stdout`: a path that names a descriptor of this very process.
 *
 * open(2) of such a path opens the file behind it anew. That fails for a socket (ENXIO), as of the journal, and for a pipe or
 * a terminal of another user (EACCES). A duplicate of the descriptor always works.
 */
import {realpathSync, statSync} from 'node:fs';
import * as posix from '../system/posix.js';

const OWN = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/;

/** @returns the number, or null if the path is another one */
export function ownDescriptorOf(path: string): number | null {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const [, number] = OWN.exec(path) ?? [];
  return number === undefined ? null : Number(number);
}

/** The path of the file behind it, which can be opened again after a rotation; null for anything else. */
export function fileBehind(path: string): string | null {
  try {
    const real = realpathSync(path);
    return statSync(real).isFile() ? real : null;
  } catch {
    // A pipe or a socket, or a file that was removed.
    return null;
  }
}

/** @throws `EBADF` if the descriptor is not open for writing */
export function duplicateForWriting(fd: number): number {
  posix.demandWritable(fd);
  return posix.duplicateAbove(fd, 3);
}
