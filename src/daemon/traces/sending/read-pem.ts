/** Reads a certificate or a key. A FIFO or a device under its name keeps nobody waiting, and a large file is not read. */
import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';

const MAX_BYTES = 1024 * 1024;

/** @throws what is wrong with the file, in words */
export function readPem(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
    if (stats.size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES} bytes`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
