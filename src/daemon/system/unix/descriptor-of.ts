/** The descriptor of a connection. Node does not offer it, but the handle of one has always had it as `fd`. */
import type {Socket} from 'node:net';

/** @returns null once it is closed */
export function descriptorOf(socket: Socket): number | null {
  const fd = (socket as unknown as {_handle?: {fd?: number}})._handle?.fd;
  return fd === undefined || fd < 0 ? null : fd;
}
