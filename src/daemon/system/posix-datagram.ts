/** The system calls for datagrams with credentials of the sender, which Node lacks. Errors are as in `posix.ts`. */

import {closeQuietly} from './close-quietly.js';
import {
  AF_UNIX,
  bind,
  check,
  lastErrno,
  libc,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SOCK_DGRAM,
  SOL_SOCKET,
  setSocketOption,
  socket,
  struct,
  systemError,
  unixAddress,
} from './posix.js';

const SO_PASSCRED = 16;
const SCM_CREDENTIALS = 2;
const SHUT_RDWR = 2;
const POLLIN = 1;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
/** A longer datagram is cut. sd_notify(3) messages are short. */
const MAX_DATAGRAM = 4096;
/** Room for one control message with credentials (cmsg(3)), and none for descriptors that a sender might add. */
const CONTROL_BYTES = 32;

struct('iovec', {iov_base: 'void *', iov_len: 'size_t'});
struct('msghdr', {
  msg_name: 'void *',
  msg_namelen: 'uint32_t',
  msg_iov: 'iovec *',
  msg_iovlen: 'size_t',
  msg_control: 'void *',
  msg_controllen: 'size_t',
  msg_flags: 'int',
});
const recvmsg = libc.func('long recvmsg(int, _Inout_ msghdr *, int)');
const poll = libc.func('int poll(void *, unsigned long, int)');
const shutdown = libc.func('int shutdown(int, int)');
const sendto = libc.func('long sendto(int, const void *, size_t, int, const void *, unsigned int)');
const sendmsg = libc.func('long sendmsg(int, const msghdr *, int)');

/** `pid` null: the kernel did not tell who sent it. */
export type Datagram = {readonly data: Buffer; readonly pid: number | null};

/**
 * Opens a unix datagram socket that receives the credentials of each sender.
 *
 * @param path null: an abstract address that the kernel chooses (unix(7), autobind)
 * @returns the descriptor
 * @throws the system error of socket, setsockopt or bind, such as `EADDRINUSE`
 */
export function openDatagramSocket(path: string | null): number {
  const fd = socket(AF_UNIX, SOCK_DGRAM);
  try {
    setSocketOption(fd, SOL_SOCKET, SO_PASSCRED, 1);
    bind(fd, unixAddress(path));
    return fd;
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

/**
 * Waits on another thread until there is a datagram, or until `shutdownSocket`. It leaves the datagram where it is: one that
 * a thread holds would be missed by the look that decides whether it came in time.
 */
export function untilReadable(fd: number): Promise<void> {
  const request = Buffer.alloc(8);
  request.writeInt32LE(fd, 0);
  request.writeInt16LE(POLLIN, 4);
  return new Promise((resolve, reject) => {
    poll.async(request, 1, -1, (error: Error | null, found: number) => {
      if (error) reject(error);
      else if (found < 0) reject(systemError('poll', lastErrno()));
      else resolve();
    });
  });
}

/** A datagram that has arrived, or null. */
export function receiveNow(fd: number): Datagram | null {
  const message = createMessage();
  const length = Number(recvmsg(fd, message.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
  if (length >= 0) return datagramOf(message, length);
  const error = systemError('recvmsg', lastErrno());
  if (error.code === 'EAGAIN') return null;
  throw error;
}

/** Wakes the thread that waits for a datagram. No more datagrams come. */
export function shutdownSocket(fd: number): void {
  check('shutdown', shutdown(fd, SHUT_RDWR));
}

/** Opens a unix datagram socket to send from. */
export function openSendingSocket(): number {
  return socket(AF_UNIX, SOCK_DGRAM);
}

/**
 * Sends one datagram without waiting.
 *
 * @param address the bytes of a sockaddr
 * @throws a system error, such as `EAGAIN` if its receiver does not read, `ECONNREFUSED` if there is none
 */
export function sendTo(fd: number, address: Buffer, data: Buffer): void {
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  check('sendto', Number(sendto(fd, data, data.length, flags, address, address.length)));
}

/**
 * The same, with a descriptor of which the receiver gets a duplicate (SCM_RIGHTS, unix(7)).
 *
 * @throws a system error, also `EBADF` if the descriptor is not open
 */
export function sendWith(passed: number, fd: number, address: Buffer, data: Buffer): void {
  const header = {
    msg_name: address,
    msg_namelen: address.length,
    msg_iov: [{iov_base: data, iov_len: data.length}],
    msg_iovlen: 1,
    msg_control: rightsTo(passed),
    msg_controllen: RIGHTS_BYTES,
    msg_flags: 0,
  };
  check('sendmsg', Number(sendmsg(fd, header, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

const SCM_RIGHTS = 1;
/** A control message with one int, and what aligns the next one (CMSG_LEN, CMSG_SPACE in cmsg(3)). */
const RIGHTS_LENGTH = 20;
const RIGHTS_BYTES = 24;

function rightsTo(fd: number): Buffer {
  const control = Buffer.alloc(RIGHTS_BYTES);
  control.writeInt32LE(RIGHTS_LENGTH, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, 16);
  return control;
}

type Message = {readonly data: Buffer; readonly control: Buffer; readonly header: object};

function createMessage(): Message {
  const [data, control] = [Buffer.alloc(MAX_DATAGRAM), Buffer.alloc(CONTROL_BYTES)];
  const header = {
    msg_name: null,
    msg_namelen: 0,
    msg_iov: [{iov_base: data, iov_len: data.length}],
    msg_iovlen: 1,
    msg_control: control,
    msg_controllen: control.length,
    msg_flags: 0,
  };
  return {data, control, header};
}

/** A control message begins with its length (8 bytes), level and type; then the pid, uid and gid. */
function datagramOf({data, control}: Message, length: number): Datagram {
  const told = control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_CREDENTIALS;
  return {data: data.subarray(0, length), pid: told ? control.readInt32LE(16) : null};
}
