/** What the kernel tells of unix sockets (sock_diag(7), struct unix_diag_req and unix_diag_msg). */
import {AF_UNIX} from '../posix.js';
import {askKernel, attributesOf} from './netlink.js';

const UDIAG_SHOW_RQLEN = 0x10;
const UNIX_DIAG_RQLEN = 4;
const MESSAGE_BYTES = 16;
const ALL = 0xffff_ffff;

/**
 * The accept queue of a unix listener.
 *
 * @param inode of the socket, as fstat(2) tells it
 * @returns null if the kernel does not tell it
 * @throws the system error of a refusal
 */
export function unixQueue(inode: number): {readonly waiting: number; readonly limit: number} | null {
  const body = askKernel(unixRequest(inode, UDIAG_SHOW_RQLEN));
  const lengths = body && attributesOf(body, MESSAGE_BYTES).get(UNIX_DIAG_RQLEN);
  if (!lengths || lengths.length < 8) return null;
  return {waiting: lengths.readUInt32LE(0), limit: lengths.readUInt32LE(4)};
}

/** @param inode 0 for a dump of all */
function unixRequest(inode: number, show: number): Buffer {
  const request = Buffer.alloc(24);
  request.writeUInt8(AF_UNIX, 0);
  request.writeUInt32LE(ALL, 4);
  request.writeUInt32LE(inode, 8);
  request.writeUInt32LE(show, 12);
  // INET_DIAG_NOCOOKIE: any socket with this inode.
  request.writeUInt32LE(ALL, 16);
  request.writeUInt32LE(ALL, 20);
  return request;
}
