/** Reads what has come already: the exit of a worker can be seen before its last words are. */
import {readSync} from 'node:fs';

/** @param fd non-blocking. @returns up to `most` bytes, none where nothing is there */
export function readAvailable(fd: number, most: number): Buffer {
  const buffer = Buffer.alloc(most);
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch {
    // EAGAIN: there is nothing.
    return buffer.subarray(0, 0);
  }
}
