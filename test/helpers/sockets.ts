/** Reads sockets from the kernel (proc(5)), and has clients that ask which worker serves. */
import dgram from 'node:dgram';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import {watched} from './mailbox.js';

/** Below the range from which the kernel hands out ports by itself, so that no other test gets one of these. */
const FIRST_PORT = 10_000;
const PORTS = 22_000;
/**
 * A test file, which AVA runs in a process of its own, has every so many-th port, so that no two tests choose the same
 * one, and each has some in every part of the range.
 */
const FILES = 44;
const FIRST_LOW_PORT = 600;

const first = Math.floor((Math.random() * PORTS) / FILES);
let chosen = 0;

/** A port that nobody has, for TCP, UDP, IPv4 and IPv6: for a test that must name one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const nth = (first + chosen) % (PORTS / FILES);
    chosen += 1;
    const port = FIRST_PORT + nth * FILES + (process.pid % FILES);
    if (await isFree(port)) return port;
  }
}

let nextLow = FIRST_LOW_PORT + (process.pid % FILES);

/** The same, of a port that only root may bind. */
export async function freeLowPort(): Promise<number> {
  for (; nextLow < 1024; nextLow += FILES) {
    if (!(await isFree(nextLow))) continue;
    nextLow += FILES;
    return nextLow - FILES;
  }
  throw new Error('no port below 1024 is free');
}

async function isFree(port: number): Promise<boolean> {
  const tcp = net.createServer();
  const udp = dgram.createSocket({type: 'udp6'});
  try {
    tcp.listen(port, '::');
    await once(tcp, 'listening');
    udp.bind(port, '::');
    await once(udp, 'listening');
    return true;
  } catch {
    // Somebody has it.
    return false;
  } finally {
    tcp.close();
    udp.close();
  }
}

/** What the server behind an address says until it hangs up. */
export function answerOf(target: net.NetConnectOpts): Promise<string> {
  const answer = new Promise<string>((resolve, reject) => {
    const socket = net.connect(target);
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(received.trim()));
  });
  return watched(answer, () => `no answer from ${JSON.stringify(target)}`);
}

/** What an HTTP server says to a request for `/` until it hangs up. */
export function askHttp(port: number, host = '127.0.0.1'): Promise<string> {
  const answer = new Promise<string>((resolve, reject) => {
    const socket = net.connect({port, host});
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(received));
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
  return watched(answer, () => `no answer from port ${port}`);
}

/** What a UDP server on this port answers; the datagram waits in its queue until somebody reads it. */
export async function askUdp(port: number): Promise<string> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.send('who?', port, '127.0.0.1');
    const answer = once(socket, 'message');
    const [message] = await watched(answer, () => `no answer from UDP port ${port}`);
    return String(message);
  } finally {
    socket.close();
  }
}

/** How many connections wait in the queue of the listener on this port of 127.0.0.1, for somebody to accept them. */
export function waitingAt(port: number): number {
  const {queues = ''} = listeningAt('127.0.0.1', port);
  return Number.parseInt(queues.split(':')[1] ?? '', 16);
}

/** The TCP listener on this port as `/proc/PID/fd` shows it. @param host as IPv4, because a port can be bound on many */
export function socketAt(host: string, port: number): string {
  return `socket:[${listeningAt(host, port).inode}]`;
}

const LISTEN = '0A';

function listeningAt(host: string, port: number): {readonly queues?: string; readonly inode?: string} {
  const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0');
  // The address is printed as the number that the machine takes its four bytes for.
  const bytes = host.split('.').map(byte => hex(Number(byte), 2));
  const wanted = `${(os.endianness() === 'LE' ? bytes.reverse() : bytes).join('')}:${hex(port, 4)}`;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, local, , state, queues = '', , , , , inode = ''] = line.trim().split(/\s+/);
    if (state === LISTEN && local === wanted) return {queues, inode};
  }
  return {};
}
