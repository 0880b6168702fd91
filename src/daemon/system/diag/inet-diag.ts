/**
 * The TCP connections at some local ports, from one dump for each address family (sock_diag(7), struct inet_diag_req_v2 and
 * inet_diag_msg). The kernel filters by the ports, so a machine with many other connections costs no more here.
 */
import {type Body, dumpFromKernel, findAttribute} from './netlink.js';

const IPPROTO_TCP = 6;
const INET_DIAG_REQ_BYTECODE = 1;
const INET_DIAG_INFO = 2;
const REQUEST_BYTES = 56;
/** struct inet_diag_msg. */
const MESSAGE_BYTES = 72;
const BC_JMP = 1;
const BC_S_GE = 2;
const BC_S_LE = 3;
/** The offsets of the filter have 16 bits. Of more ports the kernel tells every connection. */
const MOST_PORTS = 1000;

/** The states in which a connection may have a process: all but SYN_RECV, TIME_WAIT, CLOSE and LISTEN (net/tcp_states.h). */
const STATES: ReadonlyMap<number, string> = new Map([
  [1, 'established'],
  [4, 'fin-wait-1'],
  [5, 'fin-wait-2'],
  [8, 'close-wait'],
  [9, 'last-ack'],
  [11, 'closing'],
]);
const STATE_MASK = [...STATES.keys()].reduce((mask, state) => mask | (1 << state), 0);

export type InetSearch = {
  readonly family: number;
  readonly ports: readonly number[];
};

/** @returns false if the kernel does not tell */
export function dumpInet({family, ports}: InetSearch, take: (body: Body) => void): Promise<boolean> {
  const request = Buffer.alloc(REQUEST_BYTES);
  request.writeUInt8(family, 0);
  request.writeUInt8(IPPROTO_TCP, 1);
  request.writeUInt8(1 << (INET_DIAG_INFO - 1), 2);
  request.writeUInt32LE(STATE_MASK, 4);
  const filter = ports.length > MOST_PORTS ? Buffer.alloc(0) : filterFor(ports);
  return dumpFromKernel(Buffer.concat([request, filter]), body => {
    if (body.end - body.at >= MESSAGE_BYTES) take(body);
  });
}

/** 0 for a connection that no process has: it is not accepted yet, or was closed. */
export function inodeOf({words, at}: Body): number {
  return words[(at + 68) >> 2] ?? 0;
}

export function portOf({bytes, at}: Body): number {
  return ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
}

/** Whether its address at this end is the one of these words: one for IPv4, four for IPv6. */
export function isLocal({words, at}: Body, address: Uint32Array): boolean {
  const first = (at + 8) >> 2;
  for (let nth = 0; nth < address.length; nth += 1) if (words[first + nth] !== address[nth]) return false;
  return true;
}

/** @param length 4 for IPv4, 16 for IPv6 */
export function peerOf({bytes, at}: Body, length: number): {readonly address: Buffer; readonly port: number} {
  return {address: bytes.subarray(at + 24, at + 24 + length), port: bytes.readUInt16BE(at + 6)};
}

export function stateOf({bytes, at}: Body): string {
  return STATES.get(bytes.readUInt8(at + 1)) ?? 'unknown';
}

/** What the server has not read, and what the client has not acknowledged, in bytes. */
export function queuesOf({bytes, at}: Body): {readonly received: number; readonly unsent: number} {
  return {received: bytes.readUInt32LE(at + 56), unsent: bytes.readUInt32LE(at + 60)};
}

/** For how long nothing was sent, or nothing received, since the begin of the connection. 0 if that is not told. */
export function longestSilenceOf(body: Body): number {
  const {words} = body;
  const info = findAttribute(body, INET_DIAG_INFO, SILENCES);
  if (info === -1) return 0;
  return Math.max(words[(info + LAST_DATA_SENT) >> 2] ?? 0, words[(info + LAST_DATA_RECV) >> 2] ?? 0);
}

/** For how long nothing was sent and nothing received. null: not told. */
export function shortestSilenceOf(body: Body): number | null {
  const info = findAttribute(body, INET_DIAG_INFO, SILENCES);
  const at = (offset: number) => body.words[(info + offset) >> 2] ?? 0;
  return info === -1 ? null : Math.min(at(LAST_DATA_SENT), at(LAST_DATA_RECV));
}

/** struct tcp_info. Both begin to count when the connection does (tcp_create_openreq_child, net/ipv4/tcp_minisocks.c). */
const LAST_DATA_SENT = 44;
const LAST_DATA_RECV = 52;
const SILENCES: readonly [number, number] = [MESSAGE_BYTES, LAST_DATA_RECV + 4];

/**
 * A program that accepts these source ports (inet_diag_bc_run, net/ipv4/inet_diag.c). Each port has two comparisons and a
 * jump to the end. `yes` is the distance to the next operation, `no` the one to the next port; past the end means refused.
 */
function filterFor(ports: readonly number[]): Buffer {
  const each = 20;
  const length = each * ports.length;
  const code = Buffer.alloc(4 + length);
  code.writeUInt16LE(4 + length, 0);
  code.writeUInt16LE(INET_DIAG_REQ_BYTECODE, 2);
  ports.forEach((port, nth) => {
    const at = 4 + nth * each;
    const isLast = nth === ports.length - 1;
    const toEnd = length - nth * each;
    writeOperation(code, at, {op: BC_S_GE, yes: 8, no: isLast ? toEnd + 4 : each, port});
    writeOperation(code, at + 8, {op: BC_S_LE, yes: 8, no: isLast ? toEnd - 8 + 4 : each - 8, port});
    writeOperation(code, at + 16, {op: BC_JMP, yes: 4, no: toEnd - 16});
  });
  return code;
}

type Operation = {readonly op: number; readonly yes: number; readonly no: number; readonly port?: number};

/** struct inet_diag_bc_op; the port of a comparison is in the `no` of a second one. */
function writeOperation(code: Buffer, at: number, {op, yes, no, port}: Operation): void {
  code.writeUInt8(op, at);
  code.writeUInt8(yes, at + 1);
  code.writeUInt16LE(no, at + 2);
  if (port !== undefined) code.writeUInt16LE(port, at + 6);
}
