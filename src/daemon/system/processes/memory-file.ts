/** A file that is only in memory and has no name (memfd_create(2)). A pipe would hold 64 KiB. */
import {fstatSync, readSync, writeSync} from 'node:fs';
import {closeQuietly} from '../close-quietly.js';
import {check, libc} from '../posix.js';

const MFD_CLOEXEC = 1;
/** It can never be executed (Linux 6.3): without it, `vm.memfd_noexec=2` refuses the call. */
const MFD_NOEXEC_SEAL = 8;

const memfdCreate = libc.func('int memfd_create(const char *, unsigned int)');

/**
 * @param name is seen in /proc only
 * @returns its descriptor, close-on-exec
 * @throws a system error; nothing is left open then
 */
export function createMemoryFile(name: string, text: string): number {
  const sealed = memfdCreate(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  // EINVAL: the kernel is older.
  const fd = sealed >= 0 ? sealed : check('memfd_create', memfdCreate(name, MFD_CLOEXEC));
  try {
    const data = Buffer.from(text);
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at, at);
    return fd;
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

/** The whole text, wherever its offset is. */
export function readMemoryFile(fd: number): string {
  const data = Buffer.alloc(fstatSync(fd).size);
  let length = 0;
  while (length < data.length) {
    const read = readSync(fd, data, length, data.length - length, length);
    if (read === 0) break;
    length += read;
  }
  return data.toString('utf8', 0, length);
}
