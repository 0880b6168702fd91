/** How a worker ended or failed to start, and what to do about it. */
import type {Ending, FailedStart, Hint} from '../../protocol/event.js';
import {formatDuration} from '../duration.js';
import {explain} from '../errno.js';

/** Says what to do about an early death. */
export function describeHint(hint: Hint): string {
  // A newer daemon may have a hint that this program does not know.
  return Object.hasOwn(HINTS, hint) ? HINTS[hint] : hint;
}

const BINDS = 'the program binds the port itself; it must take the descriptor from SERVER_STARTER_PORT';
const HINTS: Readonly<Record<Hint, string>> = {
  'binds-port-itself': BINDS,
  'may-bind-port-itself': `if its standard error says that the address is in use, ${BINDS}`,
  'wrong-descriptor':
    'the program uses a descriptor that it was not given, and no listener is at 3; it must take the number from SERVER_STARTER_PORT',
  'library-missing': 'a shared library is missing where the program runs; ldd PROGRAM shows which',
  'may-run-in-background':
    "the worker ended by itself with status 0, and a server must keep running in the foreground; if it goes to the background, each attempt leaves one more of it with the listeners: nginx -g 'daemon off;', php-fpm -F, --no-daemon keep it in the foreground",
  'descriptors-not-passed':
    'the server does not have its descriptors: npm, npx, tsx, nodemon and the like do not pass them on; start the server itself, as in -- node server.js',
  'wants-listen-fds':
    'the program expects LISTEN_FDS and LISTEN_PID, as systemd sets them: start ssd with --listen-fds',
  'listen-pid-differs':
    'the program has not found its sockets: LISTEN_PID is the pid of what ssd starts, so nothing may be in between that starts the program under another, such as npm or sh -c without exec',
  'wants-fds-as':
    'the program binds the port itself; with --fds-as and its name it takes the listener, if its own configuration has the same address',
  'ready-by-interval':
    'the worker counted as ready only because it had lived for --interval; with --ready=notify, fd or exec, the old generation would still serve (see --ready in ssd(8))',
};

/** Describes a failed start, and says which generation serves. */
export function describeFailedStart(failed: Omit<FailedStart, 'attempt'>): string {
  const {generation, pid, ending, livedMs, serving, release} = failed;
  const facts = [
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(release === undefined ? [] : [`release ${release}`]),
  ];
  const who = `generation ${generation}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
  const lived = pid === null ? '' : ` after ${formatDuration(livedMs)}`;
  const rest = serving === null ? 'no generation serves now' : `generation ${serving} keeps serving`;
  const trial = failed.phase === 'bake' && ending.type !== 'rejected' ? ', on trial' : '';
  return `${who} ${describeEnding(ending, lived)}${trial}; ${rest}`;
}

/**
 * Describes how a worker ended, as the end of a sentence.
 *
 * @param after the time that it lived, ` after 1.2s`. It comes before the reason of somebody else
 */
export function describeEnding(ending: Ending, after = ''): string {
  if (ending.type !== 'rejected') return `${describeEnd(ending)}${after}`;
  const {by, cause} = ending;
  if (by === 'check') return `failed its trial${after}: its check ${cause}`;
  return `was rejected${after}${cause === '' ? '' : `: ${cause}`}`;
}

function describeEnd(ending: Exclude<Ending, {type: 'rejected'}>): string {
  switch (ending.type) {
    case 'exited':
      return `exited with status ${ending.code}`;
    case 'signalled':
      return `was killed by ${ending.signal}`;
    case 'not-spawned':
      return `could not be started: ${ending.problem ?? explain(ending.cause)}`;
    case 'not-ready':
      return ending.reason === 'timeout'
        ? 'was not ready in time'
        : 'closed the descriptor of $SSD_READY_FD without a newline';
    case 'unknown':
      return 'ended with an unknown status';
  }
}
