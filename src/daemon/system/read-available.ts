/** Reads what has arrived. ssd may see the exit of a worker before the worker's last words. */
import {readSync} from 'node:fs';

/**
 * @param fd a non-blocking descriptor
 * @returns up to `most` bytes; none if nothing has arrived
 */
export function readAvailable(fd: number, most: number): Buffer {
  const buffer = Buffer.alloc(most);
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch {
    // EAGAIN: nothing has arrived.
    return buffer.subarray(0, 0);
  }
}
