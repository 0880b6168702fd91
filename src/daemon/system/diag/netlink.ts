/**
 * Asks the kernel about sockets over netlink (sock_diag(7)). It tells any process about the sockets of its own network
 * namespace. Errors are as in `posix.ts`.
 */
import {closeQuietly} from '../close-quietly.js';
import {check, libc, MSG_DONTWAIT, SOCK_DGRAM, sendNow, socket} from '../posix.js';

const AF_NETLINK = 16;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
/** struct nlmsghdr: length, type, flags, number, port. */
const HEADER = 16;
/** The kernel puts no more into one part of a dump (netlink_recvmsg, net/netlink/af_netlink.c). */
const PART_BYTES = 32 * 1024;

const recv = libc.func('long recv(int, void *, size_t, int)');
const send = libc.func('long send(int, const void *, size_t, int)');

/**
 * Asks about one socket. It takes microseconds.
 *
 * @param request the body, such as a struct unix_diag_req
 * @returns the body of the answer, or null if the kernel knows no such socket
 */
export function askKernel(request: Buffer): Buffer | null {
  return withSocket(fd => {
    sendNow(fd, withHeader(request, NLM_F_REQUEST));
    const part = Buffer.alloc(PART_BYTES);
    const length = check('recv', Number(recv(fd, part, part.length, MSG_DONTWAIT)));
    let found: Buffer | null = null;
    takePart(part, length, body => {
      found ??= body;
    });
    return found;
  });
}

/**
 * Asks about all sockets that the request means. The kernel walks its tables on a thread of the pool; `take` gets the bodies
 * here, as many as a part holds in one turn: some hundreds. A body is overwritten by the next part.
 *
 * @returns false if the kernel refused, or the answer has no end
 */
export async function dumpFromKernel(request: Buffer, take: (body: Buffer) => void): Promise<boolean> {
  const fd = open();
  try {
    const asked = withHeader(request, NLM_F_REQUEST | NLM_F_DUMP);
    if ((await onThread(send, fd, asked)) < 0) return false;
    const part = Buffer.alloc(PART_BYTES);
    for (;;) {
      const length = await onThread(recv, fd, part);
      if (length <= 0) return false;
      const end = takePart(part, length, take);
      if (end !== null) return end === NLMSG_DONE;
    }
  } finally {
    closeQuietly(fd);
  }
}

function open(): number {
  return socket(AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG);
}

function withSocket<T>(act: (fd: number) => T): T {
  const fd = open();
  try {
    return act(fd);
  } finally {
    closeQuietly(fd);
  }
}

function withHeader(body: Buffer, flags: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(HEADER + body.length, 0);
  header.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  header.writeUInt16LE(flags, 6);
  return Buffer.concat([header, body]);
}

/** Never waits: each part is there when the one before it has been read. @returns a length, or -1 */
function onThread(call: typeof recv, fd: number, data: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(fd, data, data.length, MSG_DONTWAIT, (error: Error | null, length: number | bigint) => {
      if (error) reject(error);
      else resolve(Number(length));
    });
  });
}

/** @returns the type of the message that ends the answer, or null if more parts follow */
function takePart(part: Buffer, length: number, take: (body: Buffer) => void): number | null {
  for (let at = 0; at + HEADER <= length; ) {
    const size = part.readUInt32LE(at);
    const type = part.readUInt16LE(at + 4);
    if (type === NLMSG_DONE || type === NLMSG_ERROR) return type;
    if (size < HEADER || at + size > length) return NLMSG_ERROR;
    if (type === SOCK_DIAG_BY_FAMILY) take(part.subarray(at + HEADER, at + size));
    at += (size + 3) & ~3;
  }
  return null;
}

/** The attributes that follow the fixed part of a body (struct rtattr: length, type, value). */
export function attributesOf(body: Buffer, fixed: number): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = fixed; at + 4 <= body.length; ) {
    const size = body.readUInt16LE(at);
    if (size < 4 || at + size > body.length) break;
    found.set(body.readUInt16LE(at + 2), body.subarray(at + 4, at + size));
    at += (size + 3) & ~3;
  }
  return found;
}
