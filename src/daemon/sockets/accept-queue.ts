/** Tells what waits at a listener, how much can wait, and what the kernel has dropped there. */
import {fstatSync} from 'node:fs';
import type {ListenerStatus} from '../../shared/protocol/status.js';
import {unixQueue} from '../system/diag/unix-diag.js';
import {SOL_SOCKET, socketOption} from '../system/posix.js';
import type {Listener} from './listener.js';

const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** For a listener these two fields of struct tcp_info hold the queue and its limit (tcp_get_info, net/ipv4/tcp.c). */
const TCPI_UNACKED = 24;
const TCPI_SACKED = 28;

/** Linux 4.12. Nine numbers (sk_get_meminfo, net/core/sock.c): used, limit, …, and the drops as the last one. */
const SO_MEMINFO = 55;
const MEMINFO_BYTES = 36;
const RMEM_ALLOC = 0;
const RCVBUF = 4;
const DROPS = 32;

type Asked = Pick<Listener, 'type' | 'own'>;

/** @returns null for UDP, which has no such queue, and where the kernel or a sandbox does not tell */
export function acceptQueue({type, own}: Asked): ListenerStatus['queue'] {
  if (type === 'udp') return null;
  try {
    if (type === 'unix') return unixQueue(fstatSync(own).ino);
    const info = socketOption(own, IPPROTO_TCP, TCP_INFO, 256);
    return {waiting: info.readUInt32LE(TCPI_UNACKED), limit: info.readUInt32LE(TCPI_SACKED)};
  } catch {
    // The kernel has no unix_diag, or a sandbox refuses TCP_INFO or netlink.
    return null;
  }
}

/** The memory that waiting datagrams take, each with the kernel's own share. @returns null for all but UDP */
export function receiveBuffer({type, own}: Asked): ListenerStatus['buffer'] {
  const memory = type === 'udp' ? memoryOf(own) : null;
  return memory && {bytes: memory.readUInt32LE(RMEM_ALLOC), limit: memory.readUInt32LE(RCVBUF)};
}

/**
 * What the kernel has dropped at this listener since it was made. For UDP these are datagrams. For TCP they are packets that
 * would have opened a connection (tcp_listendrop, include/net/tcp.h): the SYN of a client that finds the queue full, and
 * every one that the client sends again, once a second at first. At a unix listener a client waits or is refused by
 * connect(2) itself, so nothing is dropped.
 *
 * The kernel keeps 32 bits.
 */
export function dropsAt({type, own}: Asked): number | null {
  return type === 'unix' ? 0 : (memoryOf(own)?.readUInt32LE(DROPS) ?? null);
}

function memoryOf(own: number): Buffer | null {
  try {
    return socketOption(own, SOL_SOCKET, SO_MEMINFO, MEMINFO_BYTES);
  } catch {
    // This kernel or sandbox does not support it, or the listener is closed.
    return null;
  }
}
