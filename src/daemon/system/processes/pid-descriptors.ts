/**
 * The system calls for processes that are no children of ssd, by pid descriptors. Such a descriptor stands for one process
 * only, even after its pid is given to another one. Errors are as in `posix.ts`. The numbers are those of x86-64 and arm64.
 */
import {constants} from 'node:os';
import {check, lastErrno, libc, systemError} from '../posix.js';

const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_GETFD = 438;
const PIDFD_SIGNAL_PROCESS_GROUP = 4;
const POLLIN = 1;
/** struct pollfd: the descriptor, then what is asked for and what is found, two bytes each. */
const POLLFD_BYTES = 8;
/** struct pidfd_info as Linux 6.13 has it, and the request for it: _IOWR(0xff, 11, 64 bytes). */
const INFO_BYTES = 64;
const PIDFD_GET_INFO = 0xc040_ff0b;
const PIDFD_INFO_EXIT = 8n;
const EXIT_CODE_AT = 60;

const c = {
  syscall: libc.func('long syscall(long, ...)'),
  ioctl: libc.func('int ioctl(int, unsigned long, ...)'),
  poll: libc.func('int poll(void *, unsigned long, int)'),
};

/**
 * Duplicates a descriptor of another process, close-on-exec (pidfd_getfd(2)). It needs the right to trace that process.
 *
 * @throws `EPERM` without that right, `EBADF` if the process has no such descriptor, `ESRCH` if it has ended
 */
export function takeDescriptor(pidFd: number, fd: number): number {
  const taken = c.syscall(SYS_PIDFD_GETFD, 'int', pidFd, 'int', fd, 'uint', 0);
  return check('pidfd_getfd', Number(taken));
}

/**
 * How a process ended that is no child of ssd (PIDFD_GET_INFO, ioctl_pidfd(2)).
 *
 * @returns its wait status; null where the kernel does not tell: before Linux 6.15, and until its parent has collected it
 */
export function endOfStranger(pidFd: number): number | null {
  const info = Buffer.alloc(INFO_BYTES);
  info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0);
  if (c.ioctl(pidFd, PIDFD_GET_INFO, 'void *', info) !== 0) return null;
  return (info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n ? null : info.readInt32LE(EXIT_CODE_AT);
}

/**
 * Signals the members of the process group that this process leads, or has led before it ended: while there are any, the
 * number of the group cannot be given away, and the descriptor stands for no later group (Linux 6.9, pidfd_send_signal(2)).
 *
 * @throws `ESRCH` if there are none, `EPERM` if none may be signalled, `EINVAL` before Linux 6.9
 */
export function signalGroup(pidFd: number, signal: number): void {
  const flags = PIDFD_SIGNAL_PROCESS_GROUP;
  const sent = c.syscall(SYS_PIDFD_SEND_SIGNAL, 'int', pidFd, 'int', signal, 'void *', null, 'uint', flags);
  check('pidfd_send_signal', Number(sent));
}

/** Which of these can be read now: a pid descriptor, when its process has ended (poll(2)). */
export function readableOf(fds: readonly number[]): readonly boolean[] {
  const requests = requestsFor(fds);
  check('poll', c.poll(requests, fds.length, 0));
  return foundIn(requests, fds.length);
}

/** Waits on another thread until one of these can be read, or a signal comes: it is for the caller to look. */
export function untilOneReadable(fds: readonly number[]): Promise<void> {
  const requests = requestsFor(fds);
  return new Promise((resolve, reject) => {
    c.poll.async(requests, fds.length, -1, (error: Error | null, found: number) => {
      if (error) reject(error);
      else if (found < 0 && lastErrno() !== constants.errno.EINTR) reject(systemError('poll', lastErrno()));
      else resolve();
    });
  });
}

function requestsFor(fds: readonly number[]): Buffer {
  const requests = Buffer.alloc(fds.length * POLLFD_BYTES);
  fds.forEach((fd, nth) => {
    requests.writeInt32LE(fd, nth * POLLFD_BYTES);
    requests.writeInt16LE(POLLIN, nth * POLLFD_BYTES + 4);
  });
  return requests;
}

function foundIn(requests: Buffer, count: number): readonly boolean[] {
  return Array.from({length: count}, (_, nth) => requests.readInt16LE(nth * POLLFD_BYTES + 6) !== 0);
}
