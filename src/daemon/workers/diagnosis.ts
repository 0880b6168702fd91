/** Guesses the reason for an early death from what the worker wrote to standard error. */
import type {Ending, Hint} from '../../shared/protocol/event.js';
import type {Listener} from '../sockets/listeners.js';

export type Evidence = {
  readonly ending: Ending;
  readonly livedMs: number;
  /** The last lines on standard error, or null if ssd cannot read them. */
  readonly lines: readonly string[] | null;
  readonly listeners: readonly Pick<Listener, 'type' | 'fd'>[];
};

/** A worker that dies later than this did not die of the way it was started. */
const EARLY_MS = 10_000;

/** The number that a server expects if it was written for one listener, or for systemd. */
const USUAL_DESCRIPTOR = 3;

/** The messages of the dynamic loaders of glibc and musl. */
const NO_LIBRARY = /error while loading shared libraries|Error loading shared library/;
/** The messages of runtimes: errno name, strerror, nginx, gunicorn. */
const IN_USE = /EADDRINUSE|address already in use|connection in use/i;
const NOT_THERE = /\bEBADF\b|bad file descriptor|\bENOTSOCK\b|socket operation on non-socket/i;

/** @returns a hint for the operator, or null if the lines give no reason */
export function hintFor({ending, livedMs, lines, listeners}: Evidence): Hint | null {
  if (ending.type !== 'exited' || ending.code === 0 || livedMs > EARLY_MS) return null;
  const bound = listeners.some(({type}) => type !== 'unix');
  if (lines === null) return bound ? 'may-bind-port-itself' : null;
  const text = lines.join('\n');
  if (NO_LIBRARY.test(text)) return 'library-missing';
  if (bound && IN_USE.test(text)) return 'binds-port-itself';
  const elsewhere = listeners.length > 0 && !listeners.some(({fd}) => fd === USUAL_DESCRIPTOR);
  return elsewhere && NOT_THERE.test(text) ? 'wrong-descriptor' : null;
}
