/** Keeps what ssd itself inherited from reaching its workers. */
import {readdirSync} from 'node:fs';
import * as posix from './posix.js';

/** Marks every open descriptor but 0, 1 and 2 close-on-exec. */
export function keepDescriptorsPrivate(): void {
  for (const entry of listDescriptors()) {
    try {
      if (entry > 2) posix.setCloseOnExec(entry);
    } catch {
      // EBADF: the one by which the directory was read.
    }
  }
}

function listDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    // No /proc: Node has marked those it found when it started.
    return [];
  }
}
