/**
 * The system calls that Node lacks. In ssd this is the only importer of koffi. Every function returns its result or throws a
 * system error whose `code` is the errno name, as Node's own functions do.
 *
 * The numbers are those of Linux. They are the same on x86-64 and arm64, and on every architecture that Node supports
 * except MIPS, PA-RISC and SPARC, where socket options differ.
 */
import {constants} from 'node:os';
import koffi from 'koffi';
import {closeQuietly} from './close-quietly.js';

/** The C library of this process, glibc or musl. */
export const libc = koffi.load(null);

/** Declares a C structure by name, for the signatures that mention it. */
export const struct = koffi.struct;

/** The errno of the last system call. */
export const lastErrno = koffi.errno;

/** A function that not every C library has, or null. */
export function optionalFunction(signature: string): ReturnType<typeof libc.func> | null {
  try {
    return libc.func(signature);
  } catch {
    // musl has no such function.
    return null;
  }
}

export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SYS_CLOSE_RANGE = 436;
const CLOSE_RANGE_CLOEXEC = 4;
const [F_GETFD, F_SETFD, F_GETFL] = [1, 2, 3];
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
const SO_PEERCRED = 17;
export const SOL_SOCKET = 1;
const O_CLOEXEC = 0o2000000;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const O_ACCMODE = 3;
const POLLOUT = 4;

const c = {
  syscall: libc.func('long syscall(long, ...)'),
  socket: libc.func('int socket(int, int, int)'),
  bind: libc.func('int bind(int, const void *, unsigned int)'),
  connect: libc.func('int connect(int, const void *, unsigned int)'),
  listen: libc.func('int listen(int, int)'),
  setsockopt: libc.func('int setsockopt(int, int, int, const void *, unsigned int)'),
  getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
  getsockname: libc.func('int getsockname(int, void *, void *)'),
  inet_pton: libc.func('int inet_pton(int, const char *, void *)'),
  fcntl: libc.func('int fcntl(int, int, ...)'),
  flock: libc.func('int flock(int, int)'),
  pipe2: libc.func('int pipe2(void *, int)'),
  send: libc.func('long send(int, const void *, size_t, int)'),
  dup3: libc.func('int dup3(int, int, int)'),
  poll: libc.func('int poll(void *, unsigned long, int)'),
  exit: libc.func('void _exit(int)'),
};

/**
 * A struct sockaddr_un: the family in the machine's byte order, then the path with its NUL (unix(7)).
 *
 * @param path null: no path, which makes bind(2) choose an abstract address (autobind)
 */
export function unixAddress(path: string | null): Buffer {
  const family = Buffer.from(new Uint16Array([AF_UNIX]).buffer);
  return path === null ? family : Buffer.concat([family, Buffer.from(`${path}\0`)]);
}

/** Opens a socket: close-on-exec, blocking. */
export function socket(domain: number, type: number, protocol = 0): number {
  return check('socket', c.socket(domain, type | SOCK_CLOEXEC, protocol));
}

/** @param address the bytes of a sockaddr, such as `unixAddress` returns */
export function bind(fd: number, address: Buffer): void {
  check('bind', c.bind(fd, address, address.length));
}

/** @param backlog how many connections may wait to be accepted (listen(2)) */
export function listen(fd: number, backlog: number): void {
  check('listen', c.listen(fd, backlog));
}

/** Sets a socket option whose value is an int. */
export function setSocketOption(fd: number, level: number, option: number, value: number): void {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  check('setsockopt', c.setsockopt(fd, level, option, buffer, buffer.length));
}

/** The value of a socket option, `size` bytes. Bytes that the kernel does not fill are 0. */
export function socketOption(fd: number, level: number, option: number, size: number): Buffer {
  const value = Buffer.alloc(size);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(size);
  check('getsockopt', c.getsockopt(fd, level, option, value, length));
  return value;
}

/** The address that a socket is bound to, as the kernel's bytes. */
export function socketName(fd: number): Buffer {
  const address = Buffer.alloc(128);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length);
  check('getsockname', c.getsockname(fd, address, length));
  return address.subarray(0, length.readUInt32LE());
}

/** The bytes of a numeric address, or null if it is not one of that family (inet_pton(3)). */
export function parseAddress(family: number, text: string): Buffer | null {
  const bytes = Buffer.alloc(16);
  return c.inet_pton(family, text, bytes) === 1 ? bytes : null;
}

/**
 * Connects to a unix stream socket without waiting, and hangs up again.
 *
 * @returns the pid that listens there (SO_PEERCRED of a listener is its pid at `listen`), null if it is not known, or
 *   the errno name of the refusal
 */
export function probeUnix(address: Buffer): {readonly pid: number | null} | {readonly code: string} {
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
  try {
    check('connect', c.connect(fd, address, address.length));
    const {pid} = peerOf(fd);
    return {pid: pid > 0 ? pid : null};
  } catch (error) {
    return {code: (error as NodeJS.ErrnoException).code ?? 'EIO'};
  } finally {
    closeQuietly(fd);
  }
}

/** The process at the other end of a connected unix socket (SO_PEERCRED, unix(7)). */
export function peerOf(fd: number): {readonly pid: number; readonly uid: number} {
  const credentials = socketOption(fd, SOL_SOCKET, SO_PEERCRED, 12);
  return {pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4)};
}

/** Duplicates `fd` to the lowest free number that is at least `minimum`, close-on-exec. */
export function duplicateAbove(fd: number, minimum: number): number {
  return check('fcntl', c.fcntl(fd, F_DUPFD_CLOEXEC, 'int', minimum));
}

/** @throws `EBADF` if it is not open for writing */
export function demandWritable(fd: number): void {
  if ((check('fcntl', c.fcntl(fd, F_GETFL)) & O_ACCMODE) === 0)
    throw systemError('fcntl', constants.errno.EBADF);
}

/** Makes `target` a duplicate of `fd`. It stays open across exec. */
export function duplicateOnto(fd: number, target: number): void {
  if (fd !== target) check('dup3', c.dup3(fd, target, 0));
}

export function setCloseOnExec(fd: number): void {
  check('fcntl', c.fcntl(fd, F_SETFD, 'int', FD_CLOEXEC));
}

/** Lets a descriptor stay open across exec. @returns whether it would have been closed */
export function clearCloseOnExec(fd: number): boolean {
  const flags = check('fcntl', c.fcntl(fd, F_GETFD));
  check('fcntl', c.fcntl(fd, F_SETFD, 'int', 0));
  return (flags & FD_CLOEXEC) !== 0;
}

/**
 * Marks every descriptor from `first` on close-on-exec (close_range(2)).
 *
 * @returns false if the kernel does not know it (before Linux 5.11) or denies it
 */
export function setCloseOnExecFrom(first: number): boolean {
  const [last, flags] = [0xffff_ffff, CLOSE_RANGE_CLOEXEC];
  return Number(c.syscall(SYS_CLOSE_RANGE, 'uint', first, 'uint', last, 'uint', flags)) === 0;
}

/** Takes the exclusive flock(2) of an open file. @returns false if another process holds it */
export function tryLock(fd: number): boolean {
  if (c.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const error = systemError('flock', koffi.errno());
  if (error.code === 'EAGAIN') return false;
  throw error;
}

/** Opens a pipe. Both ends are close-on-exec and blocking. */
export function pipe(): {readonly readEnd: number; readonly writeEnd: number} {
  const ends = Buffer.alloc(8);
  check('pipe2', c.pipe2(ends, O_CLOEXEC));
  return {readEnd: ends.readInt32LE(0), writeEnd: ends.readInt32LE(4)};
}

/**
 * Sends as many bytes as the socket takes at once.
 *
 * @returns the number of bytes
 * @throws `EAGAIN` if the socket takes none
 */
export function sendNow(fd: number, data: Buffer): number {
  return check('send', Number(c.send(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

/** Whether a write of up to PIPE_BUF (4096) bytes would not wait (poll(2)). */
export function isWritable(fd: number): boolean {
  const request = Buffer.alloc(8);
  request.writeInt32LE(fd, 0);
  request.writeInt16LE(POLLOUT, 4);
  return c.poll(request, 1, 0) === 1;
}

/** Sets or clears O_NONBLOCK if necessary, for every process that shares the open file description. */
export function setNonBlocking(fd: number, wanted: boolean): void {
  const flags = check('fcntl', c.fcntl(fd, F_GETFL));
  if (((flags & O_NONBLOCK) !== 0) === wanted) return;
  check('fcntl', c.fcntl(fd, F_SETFL, 'int', wanted ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

export function makeBlocking(fd: number): void {
  setNonBlocking(fd, false);
}

/** Ends this process without waiting for its other threads (_exit(2)). */
export function exitNow(status: number): void {
  c.exit(status);
}

/** The error for an errno, shaped like Node's own. */
export function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  // Not getSystemErrorMap: it knows only the errors that libuv maps, and ENOEXEC is not one of them.
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`${syscall}: ${code}`), {code, errno: -errno, syscall});
}

/** Turns the -1 of a system call into its error. */
export function check(syscall: string, result: number): number {
  if (result < 0) throw systemError(syscall, koffi.errno());
  return result;
}
