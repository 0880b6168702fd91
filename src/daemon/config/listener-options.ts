/** The options of the listeners: which there are, how they are set, and how workers are told of them. */
import {invalidOption, misuse} from '../../shared/words/errors.js';
import {type PlacedListener, parsePath, parsePort, placeListeners} from './address.js';
import {type Form, NEED_NONBLOCKING, readForm} from './forms/forms.js';
import type {RawOptions} from './options.js';

export type ListenerOptions = {
  readonly listeners: readonly PlacedListener[];
  /** null means what the system allows. */
  readonly backlog: number | null;
  /** What O_NONBLOCK of the listeners is kept at; null: left as workers have it. */
  readonly nonBlocking: boolean | null;
  /** Whether workers get LISTEN_FDS. */
  readonly listenFds: boolean;
  /** Further forms in which workers are told of the listeners. */
  readonly forms: readonly Form[];
  /** Whether the service manager keeps the listeners when ssd ends. */
  readonly fdstore: boolean;
};

const MAX_BACKLOG = 2 ** 31 - 1;

/** @throws {Refusal} `option-invalid`, `usage`, and those of `placeListeners` */
export function readListenerOptions(options: RawOptions): ListenerOptions {
  const forms = options['fds-as'] ?? [];
  return {
    listeners: placeListeners([
      ...(options.port ?? []).map(parsePort),
      ...(options.path ?? []).map(parsePath),
    ]),
    backlog: readBacklog(options.backlog),
    nonBlocking:
      readNonBlocking(options.nonblocking) ??
      (forms.some(form => NEED_NONBLOCKING.includes(form)) ? true : null),
    listenFds: options['listen-fds'] ?? false,
    forms: forms.map(readForm),
    fdstore: readStore(options),
  };
}

/** systemd takes descriptors from the main process, which the one in the background is not yet when it binds. */
function readStore({fdstore = false, daemonize = false}: RawOptions): boolean {
  if (fdstore && daemonize) throw misuse('ssd', '--fdstore and --daemonize do not go together');
  return fdstore;
}

function readBacklog(value: string | undefined): number | null {
  if (value === undefined) return null;
  const backlog = wholeNumber(value);
  // 0 means the default. start_server does the same.
  if (backlog >= 0 && backlog <= MAX_BACKLOG) return backlog === 0 ? null : backlog;
  throw invalidOption('backlog', value, 'expected a whole number');
}

function readNonBlocking(value: string | undefined): boolean | null {
  if (value === undefined) return null;
  if (value !== 'yes' && value !== 'no') throw invalidOption('nonblocking', value, 'expected yes or no');
  return value === 'yes';
}

/** @returns NaN for what is none */
export function wholeNumber(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}
