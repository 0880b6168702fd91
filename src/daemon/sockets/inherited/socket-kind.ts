/** What a descriptor is that was passed to ssd: a listener, or something that ssd cannot hand on as one. */
import {fstatSync, type Stats} from 'node:fs';
import type {SocketType} from '../../../shared/protocol/status.js';
import {causeOf} from '../../../shared/words/errors.js';
import * as posix from '../../system/posix.js';
import {isConnected} from '../../system/posix-listener.js';
import {AF_INET, AF_INET6, formatAddress} from '../inet-address.js';

/** `bytes` is the address as the kernel has it. */
export type Kind =
  | {readonly type: SocketType; readonly address: string; readonly bytes: Buffer}
  | {readonly problem: string};

const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;
const SOCK_SEQPACKET = 5;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_MPTCP = 262;
const FAMILIES: Readonly<Record<number, string>> = {16: 'a netlink', 17: 'a packet', 40: 'a vsock'};

export const NOT_OPEN = 'it is not open';

/** @param wasListener it was one, so it does not matter what a worker may have done to it since */
export function kindOf(fd: number, wasListener = false): Kind {
  try {
    const stats = fstatSync(fd);
    return stats.isSocket() ? kindOfSocket(fd, wasListener) : {problem: kindOfFile(stats)};
  } catch (error) {
    const cause = causeOf(error);
    return {problem: cause === 'EBADF' ? NOT_OPEN : cause};
  }
}

function kindOfFile(stats: Stats): string {
  if (stats.isFIFO()) return 'it is a FIFO or a pipe, not a socket';
  return stats.isFile() ? 'it is a file, not a socket' : 'it is not a socket';
}

function kindOfSocket(fd: number, wasListener: boolean): Kind {
  const domain = option(fd, SO_DOMAIN);
  const isInet = domain === AF_INET || domain === AF_INET6;
  if (!isInet && domain !== posix.AF_UNIX)
    return {problem: `it is ${FAMILIES[domain] ?? `another (family ${domain})`} socket`};
  const bytes = posix.socketName(fd);
  const type = isInet ? inetType(fd) : unixType(fd);
  if (typeof type === 'object') return type;
  const problem = wasListener ? null : faultOf(fd, type, bytes);
  if (problem !== null) return {problem};
  return {type, bytes, address: isInet ? formatAddress(bytes) : unixAddressOf(bytes)};
}

function faultOf(fd: number, type: SocketType, bytes: Buffer): string | null {
  const isListening = type === 'udp' ? bytes.readUInt16BE(2) !== 0 : option(fd, SO_ACCEPTCONN) === 1;
  if (isConnected(fd)) return 'it is a connected socket, not a listener';
  return isListening ? null : `it is a ${type} socket that does not listen`;
}

function inetType(fd: number): SocketType | {readonly problem: string} {
  const [type, protocol] = [option(fd, SO_TYPE), option(fd, SO_PROTOCOL)];
  if (type === posix.SOCK_STREAM && (protocol === IPPROTO_TCP || protocol === IPPROTO_MPTCP)) return 'tcp';
  if (type === posix.SOCK_DGRAM && protocol === IPPROTO_UDP) return 'udp';
  return {problem: `it is a socket of protocol ${protocol}, neither TCP nor UDP`};
}

function unixType(fd: number): SocketType | {readonly problem: string} {
  const type = option(fd, SO_TYPE);
  if (type === posix.SOCK_STREAM || type === SOCK_SEQPACKET) return 'unix';
  return {problem: 'it is a unix datagram socket'};
}

function option(fd: number, name: number): number {
  return posix.socketOption(fd, posix.SOL_SOCKET, name, 4).readInt32LE();
}

/**
 * A path, or an abstract address with `@` in the place of its NUL, as ss(8) and systemd write it. Some programs bind the
 * whole length of sun_path, filled up with NULs. No variable can carry a NUL.
 */
export function unixAddressOf(bytes: Buffer): string {
  const path = bytes.subarray(2);
  if (path[0] === 0) return `@${path.subarray(1).toString().replace(FILLING, '').replace(CONTROL, '_')}`;
  const end = path.indexOf(0);
  return path.subarray(0, end === -1 ? path.length : end).toString();
}

const FILLING = /\0+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an abstract address can have any.
const CONTROL = /[\0-\x1f\x7f]/g;
