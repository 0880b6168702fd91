/**
 * The last net under the event loop of the program ssd, for errors that no border caught. Only the program has it: in a
 * process that uses the library, errors are the business of that process.
 *
 * Most programs should end after such an error. ssd goes on, because its state is the model, and a step of the core is
 * applied whole or not at all. An error elsewhere can only have broken the work of one callback: a session, a file, a
 * watch. If ssd ended, its workers would be left without a supervisor, and systemd would kill them. So the error becomes a
 * problem, and signals still restart and stop.
 */
import type {Border} from './border.js';

export type LastNet = {
  /** Reports errors there from now on. Until then they end the process, as they do without a net. */
  readonly deliverTo: (report: Border['report']) => void;
};

/** This many errors in a second cause no pause. */
const BURST = 10;
const SECOND_MS = 1000;
/** The pause after each further error. So an error at every turn of the loop does not take a whole processor. */
const PAUSE_MS = 20;

/** @param now milliseconds, monotonic */
export function spreadLastNet(now: () => number): LastNet {
  const brake = createBrake(now);
  return {
    deliverTo: report => {
      // Until now the program supervised nothing, and an unexpected error ended it.
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', error => {
        report(placeOf(error), error);
        brake();
      });
    },
  };
}

/** Sleeps for a moment when it is called too often. Signals still arrive between two calls. */
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
