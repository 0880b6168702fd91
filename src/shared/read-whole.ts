/** Reads a small file of the kernel. */
import {closeSync, openSync, readSync} from 'node:fs';

/** For all reads, which come one after the other: two such buffers for each were most of the garbage of a busy ssd. */
const piece = Buffer.allocUnsafeSlow(16 * 1024);

/** The text of a file that may be absent or out of reach, as one of a process that has ended. @returns null if it cannot be read */
export function readIfPossible(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | null {
  try {
    return readWhole(path, encoding);
  } catch {
    return null;
  }
}

/**
 * The first 16 KiB of such a file, in one piece and with half the calls: for one line that is asked for often.
 *
 * @returns null if it cannot be read
 */
export function readStart(path: string): string | null {
  try {
    return withFile(path, fd => piece.toString('latin1', 0, readSync(fd, piece)));
  } catch {
    return null;
  }
}

/**
 * `readFileSync` of Node 20 leaves the file open if statx(2) fails, or aborts if close(2) does. Files in /proc have no size
 * to ask for.
 *
 * @throws the system error of open or read
 */
export function readWhole(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  return withFile(path, fd => {
    const pieces: Buffer[] = [];
    for (;;) {
      const length = readSync(fd, piece);
      if (length === 0) return Buffer.concat(pieces).toString(encoding);
      pieces.push(Buffer.from(piece.subarray(0, length)));
    }
  });
}

function withFile<T>(path: string, read: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return read(fd);
  } finally {
    try {
      closeSync(fd);
    } catch {
      // Nothing was written, so nothing is lost.
    }
  }
}
