/** Reads the options that say how listeners are bound. Pure. */
import type {SocketType} from '../../../shared/protocol/status.js';
import {invalidOption} from '../../../shared/words/errors.js';
import {isAbstract} from '../../system/unix/abstract.js';
import {readDuration} from '../values.js';
import type {LISTENING_OPTIONS} from './options.js';

/** An empty `user` or null: left as the kernel sets it. A name or a number each; whether it is known shows at the start. */
export type OwnerWish = {readonly user: string; readonly group: string | null};

/** How listeners are bound. Without any of it, as start_server binds them. */
export type Listening = {
  /** null: 0777, whatever the umask. */
  readonly pathMode: number | null;
  readonly pathOwner: OwnerWish | null;
  readonly reusePort: boolean;
  /** How many connections may wait for the end of their handshake with data (TCP_FASTOPEN, tcp(7)); null: off. */
  readonly fastOpen: number | null;
  /** Seconds to wait for data before a connection is accepted (TCP_DEFER_ACCEPT, tcp(7)); null: off. */
  readonly deferAccept: number | null;
  readonly ipv6Dual: boolean;
  readonly freebind: boolean;
  /** How long an address that is in use is tried again. */
  readonly bindRetryMs: number;
};

type Option = keyof typeof LISTENING_OPTIONS;
type Given = {
  readonly [O in Option]?: (typeof LISTENING_OPTIONS)[O]['type'] extends 'boolean' ? boolean : string;
};
type Listener = {readonly type: SocketType; readonly name: string};

/** The kernel lowers it to the backlog of the system. */
const MAX_FAST_OPEN = 65_535;
const MAX_DEFER_SECONDS = 3600;
/** What Linux calls -1, "leave it", is no number of a user. */
const MAX_ID = 2 ** 32 - 2;

/** @throws {Refusal} `option-invalid`, also for an option that no listener can follow */
export function readListening(given: Given, listeners: readonly Listener[]): Listening {
  const has = (wanted: (listener: Listener) => boolean) => listeners.some(wanted);
  refusePathOptions(given, listeners);
  if (given['reuse-port'] && !has(({type}) => type !== 'unix'))
    throw invalidOption('reuse-port', 'true', 'it works only with --port');
  for (const option of ['fast-open', 'defer-accept'] as const) {
    if (given[option] !== undefined && !has(({type}) => type === 'tcp'))
      throw invalidOption(option, given[option], 'it works only with a TCP --port');
  }
  return {
    pathMode: readMode(given['path-mode']),
    pathOwner: readOwner(given['path-owner']),
    reusePort: given['reuse-port'] ?? false,
    fastOpen: readFastOpen(given['fast-open']),
    deferAccept: readDeferAccept(given),
    ipv6Dual: given['ipv6-dual'] ?? false,
    freebind: given.freebind ?? false,
    bindRetryMs: readDuration(given, 'bind-retry') ?? 0,
  };
}

/** Refuses a mode or an owner that some listener cannot have. Ignoring it would leave open what the user wants closed. */
function refusePathOptions(given: Given, listeners: readonly Listener[]): void {
  const paths = listeners.filter(({type}) => type === 'unix');
  const abstract = paths.find(({name}) => isAbstract(name));
  for (const option of ['path-mode', 'path-owner'] as const) {
    const value = given[option];
    if (value === undefined) continue;
    if (paths.length === 0) throw invalidOption(option, value, 'it works only with --path');
    if (abstract)
      throw invalidOption(
        option,
        value,
        `${abstract.name} is abstract and has neither: anybody may connect to it`,
      );
  }
}

function readMode(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^0?[0-7]{3}$/.test(value)) return Number.parseInt(value, 8);
  throw invalidOption('path-mode', value, 'expected an octal mode, as in 0660');
}

function readOwner(value: string | undefined): OwnerWish | null {
  if (value === undefined) return null;
  const [, user = '', group] = /^([^:]*)(?::([^:]+))?$/.exec(value) ?? [];
  if (user === '' && group === undefined)
    throw invalidOption('path-owner', value, 'expected USER, USER:GROUP or :GROUP, as in www-data:www-data');
  for (const id of [user, group ?? '']) {
    if (/^\d+$/.test(id) && Number(id) > MAX_ID)
      throw invalidOption('path-owner', value, `a number is at most ${MAX_ID}`);
  }
  return {user, group: group ?? null};
}

function readFastOpen(value: string | undefined): number | null {
  if (value === undefined) return null;
  const most = /^\d+$/.test(value) ? Number(value) : 0;
  if (most >= 1 && most <= MAX_FAST_OPEN) return most;
  throw invalidOption('fast-open', value, `expected a whole number from 1 to ${MAX_FAST_OPEN}`);
}

/** The kernel counts in whole seconds. */
function readDeferAccept(given: Given): number | null {
  const ms = readDuration(given, 'defer-accept');
  if (ms === null) return null;
  const seconds = Math.ceil(ms / 1000);
  if (seconds >= 1 && seconds <= MAX_DEFER_SECONDS) return seconds;
  throw invalidOption('defer-accept', given['defer-accept'] ?? '', 'expected a time above 0, at most 1h');
}
