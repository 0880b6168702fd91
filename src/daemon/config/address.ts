/** Listeners as the command line describes them. This file is pure. */
import {pathProblem} from '../../shared/instance-paths.js';
import type {SocketType} from '../../shared/protocol/status.js';
import {EMPTY_VALUE} from '../../shared/words/command-line.js';
import {invalidOption, Refusal} from '../../shared/words/errors.js';
import {describePort} from './advice/port-advice.js';

/** A `host` of null binds IPv4 0.0.0.0. An `fd` of null takes the next free number. */
export type InetSpec = {
  readonly type: 'tcp' | 'udp';
  readonly name: string;
  readonly host: string | null;
  readonly port: number;
  readonly fd: number | null;
};
export type UnixSpec = {readonly type: 'unix'; readonly name: string; readonly fd: number | null};
export type ListenerSpec = InetSpec | UnixSpec;

/** A listener with the descriptor number at which every worker finds it. */
export type PlacedListener = ListenerSpec & {readonly fd: number};

/** The kernel's limit for one string of the environment, with its NUL (MAX_ARG_STRLEN, execve(2)). */
export const MAX_VARIABLE = 131_072;

const MAX_FD = 1_048_575;
const BARE = /^(u?)(\d+)(?:\s*=\s*(\d+))?$/;
const WITH_HOST = /^(?:\[\s*([^\]]*?)\s*\]|(.*?))\s*:\s*(u?)(\d+)(?:\s*=\s*(\d+))?$/;

/**
 * Reads one `--port`: `8080`, `host:8080` or `[::1]:8080`. A `u` before the port means UDP, and `=N` after it asks for
 * a fixed descriptor.
 *
 * @throws {Refusal} `option-invalid`
 */
export function parsePort(value: string): InetSpec {
  const text = value.trim();
  const bare = BARE.exec(text);
  const full = bare ? null : WITH_HOST.exec(text);
  const host = full ? (full[1] ?? full[2] ?? '') : null;
  const [udp, digits, fdDigits] = (bare ? bare.slice(1) : (full?.slice(3) ?? [])) as (string | undefined)[];
  if (digits === undefined || (host !== null && isNoHost(host)))
    throw invalidOption('port', value, describePort(text));
  const port = Number(digits);
  if (port > 65_535) throw invalidOption('port', value, 'a port is at most 65535');
  const fd = fdDigits === undefined ? null : Number(fdDigits);
  if (fd !== null && fd > MAX_FD) throw invalidOption('port', value, `a descriptor is at most ${MAX_FD}`);
  if (host !== null && /[;=\s]/.test(host))
    throw invalidOption('port', value, 'a host cannot contain ";", "=" or a blank');
  return {type: udp ? 'udp' : 'tcp', name: nameOf(host, port), host, port, fd};
}

/** What no name server and no interface can know. A number is an IPv4 address, and up to here it is one of network 0. */
function isNoHost(host: string): boolean {
  const isLow = /^\d+$/.test(host) && Number(host) > 0 && Number(host) < 2 ** 24;
  return isLow || host === '' || /^(\*|tcp|udp)$|[/[\]]/i.test(host);
}

/**
 * Checks one `--path`: a path, or `@name` for an abstract socket.
 *
 * @throws {Refusal} `option-invalid`
 */
export function parsePath(value: string): UnixSpec {
  if (value === '') throw invalidOption('path', value, EMPTY_VALUE);
  if (value.startsWith('unix:'))
    throw invalidOption('path', value, `give the path alone: ${value.slice('unix:'.length)}`);
  if (/[;=]/.test(value)) {
    throw invalidOption('path', value, 'SERVER_STARTER_PORT cannot carry a path with ";" or "=" in it');
  }
  if (value === '@') throw invalidOption('path', value, 'an abstract socket needs a name after the @');
  const problem = pathProblem(value);
  if (problem !== null) throw invalidOption('path', value, problem);
  return {type: 'unix', name: value, fd: null};
}

/**
 * Gives every listener its descriptor number. The numbers of `=N` come first; the others count from 3 and skip those.
 *
 * @throws {Refusal} `listener-duplicate`, `descriptor-duplicate`, `too-many-listeners`
 */
export function placeListeners(specs: readonly ListenerSpec[]): PlacedListener[] {
  const names = new Set<string>();
  const taken = new Map<number, string>();
  for (const spec of specs) {
    const {type, name, fd} = spec;
    if (names.has(`${type} ${name}`)) throw new Refusal({code: 'listener-duplicate', type, name});
    // Port 0 is a different port each time.
    if (spec.type === 'unix' || spec.port !== 0) names.add(`${type} ${name}`);
    if (fd === null) continue;
    const other = taken.get(fd);
    if (other !== undefined) throw new Refusal({code: 'descriptor-duplicate', fd, names: [other, name]});
    taken.set(fd, name);
  }
  let next = 3;
  const placed = specs.map((spec): PlacedListener => {
    if (spec.fd !== null) return {...spec, fd: spec.fd};
    while (taken.has(next)) next += 1;
    next += 1;
    return {...spec, fd: next - 1};
  });
  checkLengths(placed);
  return placed;
}

/** @throws {Refusal} `too-many-listeners` */
export function checkLengths(listeners: readonly Named[]): void {
  checkLength('SERVER_STARTER_PORT', portVariable(listeners));
  checkLength('SSD_SOCKET_TYPES', typesVariable(listeners));
}

type Named = {readonly name: string; readonly fd: number; readonly type: SocketType};

/** The value of SERVER_STARTER_PORT. Without listeners it is empty, not unset. */
export function portVariable(listeners: readonly Named[]): string {
  return listeners.map(({name, fd}) => `${name}=${fd}`).join(';');
}

/** The value of SSD_SOCKET_TYPES, which tells a TCP listener from a UDP listener of the same name. */
export function typesVariable(listeners: readonly Named[]): string {
  return listeners.map(({type, fd}) => `${fd}=${type}`).join(';');
}

function nameOf(host: string | null, port: number): string {
  if (host === null) return String(port);
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function checkLength(variable: string, value: string): void {
  const bytes = Buffer.byteLength(`${variable}=${value}`) + 1;
  if (bytes > MAX_VARIABLE) {
    throw new Refusal({code: 'too-many-listeners', variable, bytes, limit: MAX_VARIABLE});
  }
}
