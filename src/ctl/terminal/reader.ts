/**
 * Notices that nobody reads standard output any more, without writing to it. `ssctl events --follow | grep -m1 ready` has
 * nothing more to write when grep has ended, and would wait for the next event.
 */
import {fstatSync} from 'node:fs';
import {cFunction} from '../../shared/c-library.js';

const STDOUT = 1;

/** Node reports no event when a pipe that it only writes to loses its reader. So ssctl looks again and again. */
const LOOK_MS = 250;

const POLLERR = 8;
const POLLHUP = 16;
const POLLNVAL = 32;

/** Resolves when the pipe or socket at standard output has lost its reader. It does not keep the process alive. */
export async function readerGone(): Promise<void> {
  const isGone = await lookInto();
  if (!isGone) return new Promise(() => {});
  return new Promise(resolve => {
    const timer = setInterval(() => {
      if (!isGone()) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
    timer.unref();
  });
}

/** @returns the function that looks; null if standard output is neither a pipe nor a socket */
async function lookInto(): Promise<(() => boolean) | null> {
  try {
    const stats = fstatSync(STDOUT);
    if (!stats.isFIFO() && !stats.isSocket()) return null;
    const poll = await cFunction('int poll(void *, unsigned long, int)');
    const request = Buffer.alloc(8);
    return () => {
      request.fill(0);
      request.writeInt32LE(STDOUT, 0);
      return poll(request, 1, 0) > 0 && (request.readInt16LE(6) & (POLLERR | POLLHUP | POLLNVAL)) !== 0;
    };
  } catch {
    // Standard output is closed, or poll(2) cannot be called. The next write fails and says so.
    return null;
  }
}
