/**
 * The last net under the event loop of the program ssd, for an error that no border has taken. Only the program has it:
 * in the process of somebody who uses the library, errors are theirs.
 *
 * Why ssd goes on, where other programs had better end: its state is the model, and a step of the core is applied whole
 * or not at all. What an error outside it can have broken is one callback's own work: a session, a file, a watch. If ssd
 * ended, its workers would be left without a supervisor, and with systemd be killed. So it is told as a problem, and
 * signals still restart and stop.
 */
import type {Border} from './border.js';

export type LastNet = {
  /** Errors are told there from now on. Until then they end the process, as without a net. */
  readonly deliverTo: (report: Border['report']) => void;
};

/** So many errors within a second are taken at full speed. */
const BURST = 10;
const SECOND_MS = 1000;
/** What each further one costs. It keeps an error that comes back at every turn from taking a whole processor. */
const PAUSE_MS = 20;

/** @param now milliseconds, monotonic */
export function spreadLastNet(now: () => number): LastNet {
  const brake = createBrake(now);
  return {
    deliverTo: report => {
      // Until now an unexpected error has ended the program, which supervised nothing.
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', error => {
        report(placeOf(error), error);
        brake();
      });
    },
  };
}

/** Sleeps for a moment where it is called too often. Signals are still taken in between. */
export function createBrake(now: () => number): () => void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let [since, count] = [now(), 0];
  return () => {
    if (now() - since > SECOND_MS) [since, count] = [now(), 0];
    count += 1;
    if (count > BURST) Atomics.wait(sleeper, 0, 0, PAUSE_MS);
  };
}

/** The function that threw, and its line in the file that runs. */
function placeOf(error: unknown): string {
  const frame = error instanceof Error ? /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] : undefined;
  const [, name = '', position = frame ?? ''] = /^(.*) \((.*)\)$/.exec(frame ?? '') ?? [];
  const place = position.replace(/^.*\//, '');
  return frame === undefined ? 'the event loop' : name === '' ? place : `${name}, ${place}`;
}
