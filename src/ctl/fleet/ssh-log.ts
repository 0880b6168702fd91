/**
 * What ssh says of itself, apart from what ssctl says at the other end: both would be on standard error. `ssh -E` writes it to a
 * file. ssh closes every descriptor that it inherits, so it gets the file by its path in /proc; the file has no other name, and
 * nothing is left of it however ssctl ends.
 */
import {randomBytes} from 'node:crypto';
import {closeSync, openSync, readSync, unlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export type SshLog = {
  readonly path: string;
  /** Its lines. Closes it. */
  readonly take: () => readonly string[];
};

/** ssh says a few lines. */
const MOST_BYTES = 64 * 1024;

export function openSshLog(): SshLog {
  const name = join(tmpdir(), `ssctl-${randomBytes(16).toString('hex')}`);
  const fd = openSync(name, 'wx+', 0o600);
  unlinkSync(name);
  const take = () => {
    const buffer = Buffer.alloc(MOST_BYTES);
    const size = readSync(fd, buffer, 0, MOST_BYTES, 0);
    closeSync(fd);
    const lines = buffer.subarray(0, size).toString().split(/\r?\n/);
    return lines.map(line => line.trim()).filter(line => line !== '');
  };
  return {path: `/proc/${process.pid}/fd/${fd}`, take};
}
