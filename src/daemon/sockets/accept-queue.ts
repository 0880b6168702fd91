/** How many connections wait to be accepted, and how many may. */
import type {ListenerStatus} from '../../shared/protocol/status.js';
import {socketOption} from '../system/posix.js';
import type {Listener} from './listeners.js';

const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** On a listener these two fields of struct tcp_info are the queue and its limit (tcp_get_info in net/ipv4/tcp.c). */
const TCPI_UNACKED = 24;
const TCPI_SACKED = 28;

/** @returns null for UDP, which has no such queue, and for unix listeners, of which the kernel does not tell it */
export function acceptQueue({type, own}: Pick<Listener, 'type' | 'own'>): ListenerStatus['queue'] {
  if (type !== 'tcp') return null;
  try {
    const info = socketOption(own, IPPROTO_TCP, TCP_INFO, 256);
    return {waiting: info.readUInt32LE(TCPI_UNACKED), limit: info.readUInt32LE(TCPI_SACKED)};
  } catch {
    // A kernel, or a sandbox, that does not tell.
    return null;
  }
}
