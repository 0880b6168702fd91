/** Converts the kernel's struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)) to and from text. */
import {networkInterfaces} from 'node:os';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import * as posix from '../system/posix.js';
import {StoppedAtStart} from '../system/signals.js';

export const AF_INET = 2;
export const AF_INET6 = 10;

const HEADER = 4;
/** Before the IPv4 address of a client that came in at an IPv6 listener. The text of a URL would not show that address. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

/**
 * The addresses of a host and a port, the one to bind first. A numeric address is used as it is. A name is looked up as IPv4
 * first (start_server does the same), and as IPv6 only if it has no IPv4 address.
 *
 * @param host null means IPv4 0.0.0.0
 * @param stopAsked ends a look-up, which can take as long as a name server likes
 * @throws {Refusal} `host-unresolved`
 * @throws {StoppedAtStart}
 */
export async function resolveAddresses(
  host: string | null,
  port: number,
  stopAsked: Promise<void> = new Promise(() => {}),
): Promise<Addresses> {
  if (host === null) return [ipv4(Buffer.alloc(4), port)];
  const numeric = fromText(host, port);
  if (numeric) return [numeric];
  const names = host.includes(':') ? [] : await lookUpUnless(stopAsked, host);
  const [first, ...others] = names.flatMap(name => fromText(name, port) ?? []);
  if (!first) throw new Refusal({code: 'host-unresolved', host, cause: 'it is not an IPv6 address'});
  return [first, ...others];
}

export type Addresses = readonly [Buffer, ...Buffer[]];

/** The address family, for socket(2). */
export function familyOf(address: Buffer): number {
  return new Uint16Array(Uint8Array.from(address.subarray(0, 2)).buffer)[0] ?? 0;
}

/** Writes an address as `127.0.0.1:8080` or `[::1]:8080`. */
export function formatAddress(address: Buffer): string {
  const port = address.readUInt16BE(2);
  if (familyOf(address) === AF_INET) return `${address.subarray(HEADER, HEADER + 4).join('.')}:${port}`;
  if (address.subarray(8, 20).equals(MAPPED)) return `[::ffff:${address.subarray(20, 24).join('.')}]:${port}`;
  const groups = Array.from({length: 8}, (_, index) => address.readUInt16BE(8 + 2 * index).toString(16));
  // The URL parser writes an IPv6 address in its short form.
  return `${new URL(`http://[${groups.join(':')}]`).hostname}:${port}`;
}

/** Whether only this machine has the address: 127.0.0.0/8, ::1, and the former as IPv6 writes it. */
export function isLoopback(address: Buffer): boolean {
  if (familyOf(address) === AF_INET) return address[HEADER] === 127;
  const bytes = address.subarray(8, 24);
  if (bytes.subarray(0, 12).equals(MAPPED)) return bytes[12] === 127;
  return bytes.subarray(0, 15).every(byte => byte === 0) && bytes[15] === 1;
}

function fromText(host: string, port: number): Buffer | null {
  const v4 = posix.parseAddress(AF_INET, host);
  if (v4) return ipv4(v4.subarray(0, 4), port);
  const [text = '', zone] = host.split('%');
  const v6 = posix.parseAddress(AF_INET6, text);
  return v6 ? ipv6(v6, port, scopeOf(zone, host)) : null;
}

function lookUpUnless(stopAsked: Promise<void>, host: string): Promise<readonly string[]> {
  const stopped = stopAsked.then(() => {
    throw new StoppedAtStart();
  });
  return Promise.race([stopped, lookUp(host)]);
}

/** @returns all addresses, IPv4 first */
async function lookUp(host: string): Promise<readonly string[]> {
  // This module is loaded only for a name. Otherwise every start of ssd would wait for it.
  const {lookup} = await import('node:dns/promises');
  // One question for both families: /etc/hosts answers it without a name server, though it lacks one of the two.
  const all = await lookup(host, {all: true}).catch(() => []);
  const found = (wanted: number) => all.filter(({family}) => family === wanted).map(({address}) => address);
  const [v4, v6] = [found(4), found(6)];
  if (v4.length > 0) return [...new Set([...v4, ...v6])];
  try {
    return [(await lookup(host, {family: 4})).address, ...v6];
  } catch (error) {
    if (v6.length > 0) return v6;
    throw new Refusal({code: 'host-unresolved', host, cause: causeOf(error)});
  }
}

/** The number of an interface in a link-local address such as fe80::1%eth0. */
function scopeOf(zone: string | undefined, host: string): number {
  if (zone === undefined) return 0;
  if (/^\d+$/.test(zone)) return Number(zone);
  for (const address of networkInterfaces()[zone] ?? []) {
    if (address.family === 'IPv6' && address.scopeid > 0) return address.scopeid;
  }
  throw new Refusal({code: 'host-unresolved', host, cause: `there is no interface ${zone}`});
}

function ipv4(bytes: Buffer, port: number): Buffer {
  return Buffer.concat([header(AF_INET, port), bytes, Buffer.alloc(8)]);
}

function ipv6(bytes: Buffer, port: number, scope: number): Buffer {
  const flow = Buffer.alloc(4);
  return Buffer.concat([header(AF_INET6, port), flow, bytes, Buffer.from(new Uint32Array([scope]).buffer)]);
}

/** The family is in the machine's byte order, the port in the network's. */
function header(family: number, port: number): Buffer {
  const buffer = Buffer.concat([Buffer.from(new Uint16Array([family]).buffer), Buffer.alloc(2)]);
  buffer.writeUInt16BE(port, 2);
  return buffer;
}
