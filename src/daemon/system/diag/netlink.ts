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
 * Where a part of an answer has the body of a message. There is one for all messages of a part, so that ten thousand of them
 * make no garbage; it is not to be kept.
 */
export type Body = {
  readonly bytes: Buffer;
  /** The same memory. The kernel aligns bodies and attributes to four bytes. */
  readonly words: Uint32Array;
  /** Where the body begins and ends, in bytes. */
  readonly at: number;
  readonly end: number;
};

/**
 * Asks about one socket. It takes microseconds.
 *
 * @param request the body, such as a struct unix_diag_req
 * @param read takes what it needs from the answer
 * @returns what was read, or null if the kernel knows no such socket
 */
export function askKernel<T>(request: Buffer, read: (body: Body) => T): T | null {
  const fd = open();
  try {
    sendNow(fd, withHeader(request, NLM_F_REQUEST));
    const part = createPart();
    const {bytes} = part;
    const length = check('recv', Number(recv(fd, bytes, bytes.length, MSG_DONTWAIT)));
    let found: T | null = null;
    takePart(part, length, body => {
      found = read(body);
    });
    return found;
  } finally {
    closeQuietly(fd);
  }
}

/**
 * Asks about all sockets that the request means. The kernel walks its tables on a thread of the pool; `take` gets the bodies
 * here, as many in one turn as a part holds: some hundreds.
 *
 * @returns false if the kernel refused, or the answer has no end
 */
export async function dumpFromKernel(request: Buffer, take: (body: Body) => void): Promise<boolean> {
  const fd = open();
  try {
    const asked = withHeader(request, NLM_F_REQUEST | NLM_F_DUMP);
    if ((await onThread(send, fd, asked)) < 0) return false;
    const part = createPart();
    for (;;) {
      const length = await onThread(recv, fd, part.bytes);
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

type Part = {readonly bytes: Buffer; readonly words: Uint32Array};

function createPart(): Part {
  const memory = new ArrayBuffer(PART_BYTES);
  return {bytes: Buffer.from(memory), words: new Uint32Array(memory)};
}

/** @returns the type of the message that ends the answer, or null if more parts follow */
function takePart({bytes, words}: Part, length: number, take: (body: Body) => void): number | null {
  const body = {bytes, words, at: 0, end: 0};
  for (let at = 0; at + HEADER <= length; ) {
    const size = words[at >> 2] ?? 0;
    const type = (words[(at + 4) >> 2] ?? 0) & 0xffff;
    if (type === NLMSG_DONE || type === NLMSG_ERROR) return type;
    if (size < HEADER || at + size > length) return NLMSG_ERROR;
    body.at = at + HEADER;
    body.end = at + size;
    if (type === SOCK_DIAG_BY_FAMILY) take(body);
    at += (size + 3) & ~3;
  }
  return null;
}

/**
 * Where the value of an attribute begins (struct rtattr: length and type, two bytes each, then the value).
 *
 * @param fixed how long the part of the body is that stands before the attributes
 * @param least how long the value has to be
 * @returns -1 if there is none
 */
export function findAttribute(
  {words, at, end}: Body,
  wanted: number,
  [fixed, least]: readonly [number, number],
): number {
  for (let next = at + fixed; next + 4 <= end; ) {
    const head = words[next >> 2] ?? 0;
    const size = head & 0xffff;
    if (size < 4 || next + size > end) return -1;
    if (head >>> 16 === wanted) return size - 4 >= least ? next + 4 : -1;
    next += (size + 3) & ~3;
  }
  return -1;
}

/** The length of the value that begins at `value`, as `findAttribute` found it. */
export function lengthOf({words}: Body, value: number): number {
  return ((words[(value - 4) >> 2] ?? 0) & 0xffff) - 4;
}
