/** The system calls that look at listeners and repair them. Errors are as in `posix.ts`. */
import {closeQuietly} from './close-quietly.js';
import {AF_UNIX, bind, check, libc, SOCK_DGRAM, socket} from './posix.js';

const POLLIN = 1;
const POLLHUP = 0x10;
const POLLRDHUP = 0x2000;
/** struct pollfd: the descriptor, then what is asked for and what is found, two bytes each. */
const POLLFD_BYTES = 8;

const c = {
  connect: libc.func('int connect(int, const void *, unsigned int)'),

  getpeername: libc.func('int getpeername(int, void *, void *)'),
  poll: libc.func('int poll(void *, unsigned long, int)'),
};

/** `shut`: by shutdown(2). `waiting`: there is a connection to accept, or a datagram to read. */
export type Found = {readonly shut: boolean; readonly waiting: boolean};

/**
 * Whether a process has a stream socket at this unix address, even if it does not listen. A socket of another type cannot
 * connect there: the kernel answers EPROTOTYPE, but ECONNREFUSED if there is only the file (unix(7)). Nothing is accepted.
 */
export function isBound(address: Buffer): boolean {
  const fd = socket(AF_UNIX, SOCK_DGRAM);
  try {
    check('connect', c.connect(fd, address, address.length));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPROTOTYPE';
  } finally {
    closeQuietly(fd);
  }
}

/** Looks at all of these with one system call, which neither waits nor takes anything from them (poll(2)). */
export function createPoll(fds: readonly number[]): () => readonly Found[] {
  const requests = Buffer.alloc(fds.length * POLLFD_BYTES);
  fds.forEach((fd, nth) => {
    requests.writeInt32LE(fd, nth * POLLFD_BYTES);
    requests.writeInt16LE(POLLIN | POLLRDHUP, nth * POLLFD_BYTES + 4);
  });
  return () => {
    // ENOMEM, EINTR: nothing is known about any of them.
    if (c.poll(requests, fds.length, 0) < 0) return [];
    return fds.map((_, nth) => {
      const found = requests.readInt16LE(nth * POLLFD_BYTES + 6);
      return {shut: (found & (POLLHUP | POLLRDHUP)) !== 0, waiting: (found & POLLIN) !== 0};
    });
  };
}

/** Whether somebody has connected this UDP socket, which then hears only one peer (getpeername(2)). */
export function isConnected(fd: number): boolean {
  const [address, length] = [Buffer.alloc(128), Buffer.alloc(4)];
  length.writeUInt32LE(address.length);
  return c.getpeername(fd, address, length) === 0;
}

/**
 * Undoes connect(2) and shutdown(2) on an inet socket for everybody who shares it, by a connect to AF_UNSPEC. The kernel
 * then forgets a port that it chose itself, so the socket is bound to its address again.
 */
export function reset(fd: number, address: Buffer): void {
  const unspecified = Buffer.alloc(16);
  check('connect', c.connect(fd, unspecified, unspecified.length));
  try {
    bind(fd, address);
  } catch (error) {
    // EINVAL: the socket still has its address.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  }
}
