/** Keeps ssd's own descriptors from its workers, and keeps the shared ones as they were. */
import {readdirSync} from 'node:fs';
import * as posix from './posix.js';

/** Marks every open descriptor but 0, 1 and 2 close-on-exec: neither a worker nor ssd in the background inherits it. */
export function keepDescriptorsPrivate(): void {
  if (posix.setCloseOnExecFrom(3)) return;
  for (const fd of listDescriptors()) {
    try {
      if (fd > 2) posix.setCloseOnExec(fd);
    } catch {
      // EBADF: this descriptor was the one that read the directory.
    }
  }
}

/**
 * Clears O_NONBLOCK on standard input, output and error, where Node has set it. The workers share the flag, and their
 * writes would fail with EAGAIN.
 */
export function makeStandardBlocking(): void {
  for (const fd of [0, 1, 2]) posix.makeBlocking(fd);
}

function listDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    // No /proc. Node marked the descriptors that it found when it started.
    return [];
  }
}
