/**
 * Looks for the reason of an early death in what the worker wrote. Workers inherit standard error, for they
 * must outlive ssd, so it can be read only where it is a file: `--log-file=FILE`, or a redirection.
 */
import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import type {Ending, Hint} from '../../shared/protocol.js';

/** Marks where standard error is now; a later `hintFor` reads from there on. */
export type Mark = {readonly at: number; readonly offset: number | null};

/** What dies later than this did not die of a port in use. */
const EARLY_MS = 10_000;
const TAIL_BYTES = 16 * 1024;
const STDERR = 2;

/** What the runtimes say: errno name, strerror, nginx, gunicorn. */
const IN_USE = /EADDRINUSE|address already in use|connection in use/i;

export function markStderr(now: number): Mark {
  return {at: now, offset: sizeOf(STDERR)};
}

/** @param bound whether ssd holds ports that the worker could have tried to bind */
export function hintFor(mark: Mark, ending: Ending, now: number, bound: boolean): Hint | null {
  if (!bound || ending.type !== 'exited' || ending.code === 0 || now - mark.at > EARLY_MS) return null;
  const size = sizeOf(STDERR);
  if (mark.offset === null || size === null) return 'may-bind-port-itself';
  return IN_USE.test(readTail(Math.max(mark.offset, size - TAIL_BYTES))) ? 'binds-port-itself' : null;
}

function sizeOf(fd: number): number | null {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() ? stats.size : null;
  } catch {
    // Closed.
    return null;
  }
}

function readTail(from: number): string {
  let fd = -1;
  try {
    fd = openSync(`/proc/self/fd/${STDERR}`, constants.O_RDONLY);
    const buffer = Buffer.alloc(TAIL_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, from));
  } catch {
    // Not readable for us: then there is no hint.
    return '';
  } finally {
    if (fd !== -1) closeSync(fd);
  }
}
