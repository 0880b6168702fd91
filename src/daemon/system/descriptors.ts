/** Keeps ssd's own descriptors from its workers, and the shared ones as they were. */
import {readdirSync} from 'node:fs';
import * as posix from './posix.js';

/** Marks every open descriptor but 0, 1 and 2 close-on-exec. */
export function keepDescriptorsPrivate(): void {
  for (const fd of listDescriptors()) {
    try {
      if (fd > 2) posix.setCloseOnExec(fd);
    } catch {
      // EBADF: the one by which the directory was read.
    }
  }
}

/**
 * Takes O_NONBLOCK off standard input, output and error again where Node has set it: the flag is shared with the
 * workers, whose writes would fail with EAGAIN.
 */
export function makeStandardBlocking(except: readonly number[]): void {
  for (const fd of [0, 1, 2].filter(number => !except.includes(number))) posix.makeBlocking(fd);
}

function listDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    // No /proc: Node has marked those it found when it started.
    return [];
  }
}
