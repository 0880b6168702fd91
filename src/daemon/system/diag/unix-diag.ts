/** What the kernel tells of unix sockets (sock_diag(7), struct unix_diag_req and unix_diag_msg). */
import {AF_UNIX} from '../posix.js';
import {askKernel, type Body, dumpFromKernel, findAttribute, lengthOf} from './netlink.js';

const UDIAG_SHOW_NAME = 1;
const UDIAG_SHOW_PEER = 4;
const UDIAG_SHOW_RQLEN = 0x10;
const UDIAG_SHOW_UID = 0x40;
const UNIX_DIAG_NAME = 0;
const UNIX_DIAG_PEER = 2;
const UNIX_DIAG_RQLEN = 4;
const UNIX_DIAG_UID = 7;
const ESTABLISHED = 1;
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
  return askKernel(requestFor({inode, states: ALL, show: UDIAG_SHOW_RQLEN}), body => {
    const [waiting, limit] = [numberIn(body, UNIX_DIAG_RQLEN), numberIn(body, UNIX_DIAG_RQLEN, 4)];
    return waiting === null || limit === null ? null : {waiting, limit};
  });
}

/** One end of a connection. The accepting end has the name of its listener, and most clients have none. */
export type UnixEnd = {
  readonly inode: number;
  /** The bytes of sun_path as getsockname(2) has them, a character for each. */
  readonly name: string | null;
  /** The inode of the other end. null if that is closed. */
  readonly peer: number | null;
  /** The user who made it. null before Linux 5.3. */
  readonly uid: number | null;
  readonly received: number;
  readonly unsent: number;
};

/** Tells of every unix connection of the machine: the kernel knows no filter for them. @returns false if it does not tell */
export function dumpUnix(take: (end: UnixEnd) => void): Promise<boolean> {
  const show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
  return dumpFromKernel(requestFor({inode: 0, states: 1 << ESTABLISHED, show}), body => {
    if (body.end - body.at >= MESSAGE_BYTES) take(endIn(body));
  });
}

function endIn(body: Body): UnixEnd {
  return {
    inode: body.bytes.readUInt32LE(body.at + 4),
    name: nameIn(body),
    peer: numberIn(body, UNIX_DIAG_PEER),
    uid: numberIn(body, UNIX_DIAG_UID),
    received: numberIn(body, UNIX_DIAG_RQLEN) ?? 0,
    unsent: numberIn(body, UNIX_DIAG_RQLEN, 4) ?? 0,
  };
}

function numberIn(body: Body, attribute: number, offset = 0): number | null {
  const at = findAttribute(body, attribute, [MESSAGE_BYTES, offset + 4]);
  return at === -1 ? null : body.bytes.readUInt32LE(at + offset);
}

function nameIn(body: Body): string | null {
  const at = findAttribute(body, UNIX_DIAG_NAME, [MESSAGE_BYTES, 1]);
  return at === -1 ? null : body.bytes.toString('latin1', at, at + lengthOf(body, at));
}

type Asked = {readonly inode: number; readonly states: number; readonly show: number};

/** struct unix_diag_req. @param asked `inode` 0 for a dump of all */
function requestFor({inode, states, show}: Asked): Buffer {
  const request = Buffer.alloc(24);
  request.writeUInt8(AF_UNIX, 0);
  request.writeUInt32LE(states, 4);
  request.writeUInt32LE(inode, 8);
  request.writeUInt32LE(show, 12);
  // INET_DIAG_NOCOOKIE: any socket with this inode.
  request.writeUInt32LE(ALL, 16);
  request.writeUInt32LE(ALL, 20);
  return request;
}
