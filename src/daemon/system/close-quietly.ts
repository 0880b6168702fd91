/** Closes a descriptor of ssd's own. An error of close(2) must not keep what comes after it from being done. */
import {closeSync} from 'node:fs';

/** Linux has closed the descriptor even if close(2) reports an error. A second close could hit somebody else's. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // EIO, ENOSPC: an earlier write was lost. What ssd writes it looks at where it writes.
  }
}
