/** Finds the listeners of a worker. A server that uses this file loads nothing else of ssd. */
import {fstatSync} from 'node:fs';
import type {SocketType} from '../shared/protocol/status.js';

/** A listener as a worker sees it. `type` is null under a superdaemon that does not set SSD_SOCKET_TYPES. */
export type InheritedListener = {
  readonly name: string;
  readonly fd: number;
  readonly type: SocketType | null;
};

export type ServerPortsOptions = {
  /** Only listeners of this type. Set it if TCP and UDP share a port, because both then have the same name. */
  readonly type?: SocketType;
  /** The environment to read. The default is `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/**
 * The listeners that ssd or Perl's start_server handed to this process, by name.
 *
 * The names are those that Server::Starter puts into `SERVER_STARTER_PORT`: `8080`, `127.0.0.1:8080`, `[::1]:8080`,
 * or the path of a unix socket as it was given. If TCP and UDP share a name and `type` is not set, the name gives the
 * one that is first on the command line.
 *
 * @returns name → file descriptor; empty if ssd has nothing to listen on
 * @throws {Error} with `code` `ERR_SERVER_STARTER_PORT` if the variable is unset (no superdaemon started this
 *   process) or is not of the form `name=fd;name=fd`; with `code` `ERR_SERVER_STARTER_FD` if a descriptor is not a socket,
 *   because a program between ssd and this process, such as npm, does not pass it on
 * @example
 * import http from 'node:http';
 * import {serverPorts} from 'ssd-superdaemon';
 * const [fd] = serverPorts().values();
 * http.createServer(handler).listen({fd});
 */
export function serverPorts(options: ServerPortsOptions = {}): Map<string, number> {
  const wanted = inheritedListeners(options.env).filter(
    listener => options.type === undefined || listener.type === options.type,
  );
  const ports = new Map<string, number>();
  for (const {name, fd} of wanted) if (!ports.has(name)) ports.set(name, fd);
  return ports;
}

/**
 * The descriptor of the listener with this name.
 *
 * @throws {Error} with `code` `ERR_SERVER_STARTER_NAME` if there is no such listener: the message has the names that there
 *   are; and as {@link serverPorts}
 * @example http.createServer(handler).listen({fd: serverPort('8080')});
 */
export function serverPort(name: string | number, options: ServerPortsOptions = {}): number {
  const ports = serverPorts(options);
  const fd = ports.get(String(name));
  if (fd !== undefined) return fd;
  const names = [...ports.keys()];
  const what = options.type === undefined ? 'listener' : `${options.type} listener`;
  const there = names.length === 0 ? `there is no ${what} at all` : `there are ${names.join(', ')}`;
  const message = `no ${what} is named ${JSON.stringify(String(name))}: ${there}`;
  throw Object.assign(new Error(message), {code: 'ERR_SERVER_STARTER_NAME'});
}

/**
 * The same listeners as a list, in the order of the command line, with the type of each socket.
 *
 * @throws {Error} as {@link serverPorts}
 * @example inheritedListeners().find(listener => listener.type === 'udp')?.fd
 */
export function inheritedListeners(
  env: Readonly<Record<string, string | undefined>> = process.env,
): InheritedListener[] {
  const value = env.SERVER_STARTER_PORT;
  if (value === undefined)
    throw problem('SERVER_STARTER_PORT is not set: this process was not started by ssd');
  const types = new Map((env.SSD_SOCKET_TYPES ?? '').split(';').map(entry => splitAt(entry, '=')));
  const entries = value === '' ? [] : value.split(';');
  const listeners = entries.map(entry => {
    const [name, fd] = splitAt(entry, '=');
    if (!/^\d+$/.test(fd)) throw problem(`SERVER_STARTER_PORT has an entry without a descriptor: "${entry}"`);
    return {name, fd: Number(fd), type: socketType(types.get(fd))};
  });
  // Another environment than this process' own says nothing about its descriptors.
  const lost = env === process.env ? listeners.find(({fd}) => !isSocket(fd)) : undefined;
  if (lost) throw notPassed(lost);
  return listeners;
}

/** Whether this process has a socket at that number. A Node process uses free numbers for itself. */
function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    // EBADF: it is not open.
    return false;
  }
}

function notPassed({name, fd}: InheritedListener): Error {
  const message =
    `descriptor ${fd} of SERVER_STARTER_PORT (${name}) is not a socket in this process: ` +
    'npm, npx, tsx, nodemon and the like do not pass descriptors on; let ssd start node itself';
  return Object.assign(new Error(message), {code: 'ERR_SERVER_STARTER_FD'});
}

function socketType(text: string | undefined): SocketType | null {
  return text === 'tcp' || text === 'udp' || text === 'unix' ? text : null;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function problem(message: string): Error {
  return Object.assign(new Error(message), {code: 'ERR_SERVER_STARTER_PORT'});
}
