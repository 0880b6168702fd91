/** When start_server takes a signal for certain. */
import {setTimeout as pause} from 'node:timers/promises';
import {hasEnded} from '../../../src/shared/process-stat.js';
import {readWhole} from '../../../src/shared/read-whole.js';
import {watched} from '../../helpers/mailbox.js';

/** Longer than sleep(0) lasts, which `--interval=0` is. */
const LOOK_AGAIN_MS = 1;

/**
 * Resolves when it sleeps in wait(2), or for its interval or delay. Before it waits, it looks whether a signal has come,
 * forgets that one has, and calls wait(2): a signal between is lost, until another one or the end of a child wakes it. No
 * event tells that a process sleeps, so this looks again and again.
 */
export async function listening(pid: number): Promise<void> {
  let isOver = false;
  let place = '';
  const look = async () => {
    for (let before = ''; !isOver; before = place) {
      place = hasEnded(pid) ? 'gone' : placeOf(pid);
      if (place === 'gone' || place === 'do_wait') return;
      if (place.includes('nanosleep') && place === before) return;
      await pause(LOOK_AGAIN_MS);
    }
  };
  try {
    await watched(look(), () => `waited in vain for pid ${pid} to listen for signals; it is in ${place}`);
  } finally {
    isOver = true;
  }
}

/** The function of the kernel in which it sleeps (proc(5), /proc/PID/wchan), or `0`. */
function placeOf(pid: number): string {
  try {
    return readWhole(`/proc/${pid}/wchan`);
  } catch {
    // It has ended meanwhile.
    return 'gone';
  }
}
