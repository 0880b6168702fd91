/**
 * Guesses the reason for an early death from how the worker ended and from what it wrote to standard error. The core
 * (`hintOf`) drops a guess that does not fit what it knows.
 */
import {basename} from 'node:path';
import type {Ending, Hint} from '../../shared/protocol/event.js';
import {FORM_NAMES} from '../config/forms/forms.js';
import type {Listener} from '../sockets/listener.js';

export type Evidence = {
  readonly ending: Ending;
  readonly livedMs: number;
  /** The last lines on standard error, or null if ssd cannot read them. */
  readonly lines: readonly string[] | null;
  readonly listeners: readonly Pick<Listener, 'type' | 'fd'>[];
  /** Whether it was passed LISTEN_FDS. */
  readonly listenFds: boolean;
  readonly program: string;
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

/** What `listen({fd})` of Node says where the descriptor is something else. */
const SOMETHING_ELSE = /\bEINVAL\b|\bEEXIST\b/;
const WANTS_LISTEN_FDS =
  /\bLISTEN_(FDS|PID)\b|\bno (listening |activated |systemd )?(sockets?|listeners?|file descriptors?) (was|were|passed|inherited|found|received|given)|\bno sockets\b|socket activation/i;

/** Programs that start another one and do not pass descriptors on: Node closes those that it does not know (libuv). */
const LAUNCHERS: ReadonlySet<string> = new Set(
  'npm npx pnpm pnpx yarn tsx ts-node nodemon concurrently dotenv cross-env pm2-runtime'.split(' '),
);

/** @returns a hint for the operator, or null if there is nothing to tell */
export function hintFor(evidence: Evidence): Hint | null {
  const {ending, livedMs} = evidence;
  if (livedMs > EARLY_MS) return null;
  if (ending.type === 'exited' && ending.code === 0) return 'may-run-in-background';
  return hintByOutput(evidence);
}

function hintByOutput(evidence: Evidence): Hint | null {
  const {ending, lines, listeners, program} = evidence;
  if (ending.type !== 'exited') return null;
  const bound = listeners.some(({type}) => type !== 'unix');
  const isLaunched = listeners.length > 0 && LAUNCHERS.has(basename(program));
  if (lines === null && isLaunched) return 'descriptors-not-passed';
  if (lines === null) return bound ? 'may-bind-port-itself' : null;
  const text = lines.join('\n');
  if (NO_LIBRARY.test(text)) return 'library-missing';
  if (bound && IN_USE.test(text)) return isKnown(program) ? 'wants-fds-as' : 'binds-port-itself';
  if (listeners.length === 0) return null;
  const isBad = NOT_THERE.test(text);
  if (/ERR_SERVER_STARTER_FD/.test(text) || (isLaunched && (isBad || SOMETHING_ELSE.test(text))))
    return 'descriptors-not-passed';
  if (WANTS_LISTEN_FDS.test(text)) return evidence.listenFds ? 'listen-pid-differs' : 'wants-listen-fds';
  return isBad && !listeners.some(({fd}) => fd === USUAL_DESCRIPTOR) ? 'wrong-descriptor' : null;
}

/** Whether it is a server of `--fds-as`: `php-fpm8.2` is `php-fpm`. */
function isKnown(program: string): boolean {
  const name = basename(program).replace(/[\d.]+$/, '');
  return FORM_NAMES.some(known => known === name);
}
