/** Closes a descriptor of ssd's own. An error of close(2) must not prevent what comes after it. */
import {closeSync} from 'node:fs';

/** Linux has closed the descriptor even if close(2) reports an error. Its number may have a new owner, so it is not closed again. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // EIO, ENOSPC: an earlier write was lost. Where that matters, ssd has checked the write itself.
  }
}
