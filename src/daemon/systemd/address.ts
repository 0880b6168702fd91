/** Where the service manager listens, and how often it wants to hear: the variables that it sets (sd_notify(3)). */
import {type Env, pathProblem} from '../../shared/instance-paths.js';
import {unixAddress} from '../system/posix.js';

/** The socket to which ssd speaks, or why it does not. null: no service manager listens. */
export type ManagerAddress =
  | {readonly text: string; readonly bytes: Buffer}
  | {readonly text: string; readonly refused: string}
  | null;

const MAX_ABSTRACT = 107;

/** The address in NOTIFY_SOCKET: a path, or `@` and an abstract name. */
export function managerAddress({NOTIFY_SOCKET: text}: Env): ManagerAddress {
  if (text === undefined || text === '') return null;
  if (text.startsWith('/')) {
    const refused = pathProblem(text);
    return refused === null ? {text, bytes: unixAddress(text)} : {text, refused};
  }
  if (text.startsWith('@')) return abstractAddress(text);
  const what = text.startsWith('vsock:')
    ? 'a vsock address is for a virtual machine'
    : 'it is not an address';
  return {text, refused: `${what}; ssd knows paths and abstract addresses`};
}

/**
 * How often the service manager wants a sign of life, in milliseconds: twice in WATCHDOG_USEC. null: never, or it means
 * another process.
 */
export function watchdogPeriod({WATCHDOG_USEC: time, WATCHDOG_PID: pid}: Env, ownPid: number): number | null {
  if (pid !== undefined && pid !== String(ownPid)) return null;
  if (time === undefined || !/^\d+$/.test(time) || Number(time) === 0) return null;
  return Math.min(LONGEST_MS, Math.max(1, Math.floor(Number(time) / 2000)));
}

/** The longest wait of a Node timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** In place of a path there is a NUL byte and the name, which ends with the address (unix(7)). */
function abstractAddress(text: string): ManagerAddress {
  const name = Buffer.from(text.slice(1));
  if (name.length === 0 || name.length > MAX_ABSTRACT)
    return {text, refused: `an abstract name has 1 to ${MAX_ABSTRACT} bytes`};
  const family = unixAddress(null);
  return {text, bytes: Buffer.concat([family, Buffer.alloc(1), name])};
}
