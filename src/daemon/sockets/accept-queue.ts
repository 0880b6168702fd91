/** Tells how many connections of a listener wait to be accepted, and how many can wait. */
import type {ListenerStatus} from '../../shared/protocol/status.js';
import {socketOption} from '../system/posix.js';
import type {Listener} from './listeners.js';

const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** For a listener these two fields of struct tcp_info hold the queue and its limit (tcp_get_info, net/ipv4/tcp.c). */
const TCPI_UNACKED = 24;
const TCPI_SACKED = 28;

/** @returns null for UDP, which has no such queue, and for unix listeners, whose queue the kernel does not show */
export function acceptQueue({type, own}: Pick<Listener, 'type' | 'own'>): ListenerStatus['queue'] {
  if (type !== 'tcp') return null;
  try {
    const info = socketOption(own, IPPROTO_TCP, TCP_INFO, 256);
    return {waiting: info.readUInt32LE(TCPI_UNACKED), limit: info.readUInt32LE(TCPI_SACKED)};
  } catch {
    // This kernel or sandbox does not support TCP_INFO.
    return null;
  }
}
