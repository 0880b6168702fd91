/** Which system calls are made to fail, with which errors, and which are out of reach. */
import type {Call} from './recording.js';

export type Fault = {
  readonly call: string;
  /** Which call of that name fails, counted from 1. */
  readonly nth: number;
  readonly error: string;
};

/** The errors that are tried for each system call: those that it can have on a machine that runs out of something. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  accept4: ['EMFILE', 'ENOBUFS', 'ENOMEM', 'EPERM'],
  access: ['EIO', 'ENOMEM', 'EPERM'],
  bind: ['ENOMEM', 'EPERM'],
  chmod: ['EIO', 'EPERM', 'ENOSYS'],
  clone: ['ENOMEM', 'EPERM'],
  clone3: ['EAGAIN', 'ENOMEM', 'EPERM'],
  close_range: ['ENOSYS', 'EPERM'],
  close: ['EIO', 'EINTR', 'ENOSPC'],
  connect: ['ENOBUFS', 'EPERM'],
  dup3: ['EMFILE', 'EINTR'],
  fchmod: ['EIO', 'EPERM', 'ENOSYS'],
  fcntl: ['EMFILE', 'EPERM', 'ENOMEM'],
  flock: ['EINTR', 'ENOMEM', 'ENOSYS'],
  fstat: ['EIO', 'ENOMEM'],
  fsync: ['EIO', 'ENOSPC'],
  ftruncate: ['EIO', 'ENOSPC', 'EPERM'],
  getcwd: ['ENOMEM'],
  getdents64: ['EIO', 'ENOMEM'],
  getpgid: ['EPERM'],
  getsockname: ['ENOBUFS'],
  getsockopt: ['ENOBUFS', 'ENOMEM', 'EPERM'],
  inotify_add_watch: ['ENOSPC', 'ENOMEM'],
  inotify_init1: ['EMFILE', 'ENOMEM', 'ENOSYS'],
  inotify_rm_watch: ['EIO'],
  ioctl: ['EIO', 'ENOMEM', 'EPERM'],
  kill: ['EPERM'],
  listen: ['ENOBUFS'],
  lstat: ['EIO', 'ENOMEM'],
  lseek: ['EIO'],
  mkdir: ['EIO', 'ENOSPC', 'EPERM'],
  newfstatat: ['EIO', 'ENOMEM'],
  openat: ['EMFILE', 'ENOMEM', 'EIO', 'ENOSPC', 'EINTR', 'EPERM'],
  pipe2: ['EMFILE', 'ENOMEM', 'ENOSYS'],
  poll: ['ENOMEM', 'EINTR'],
  pread64: ['EIO', 'EINTR', 'ENOMEM'],
  prlimit64: ['EPERM', 'ENOSYS'],
  read: ['EIO', 'EINTR', 'ENOMEM'],
  readlink: ['EIO', 'ENOMEM'],
  readlinkat: ['EIO', 'ENOMEM', 'EPERM'],
  recvfrom: ['EIO', 'ENOMEM', 'ENOBUFS'],
  recvmsg: ['EIO', 'ENOMEM', 'ENOBUFS'],
  rename: ['EIO', 'ENOSPC', 'EPERM'],
  rmdir: ['EIO', 'EPERM'],
  sendto: ['ENOBUFS', 'EIO'],
  setsockopt: ['ENOBUFS', 'EPERM'],
  shutdown: ['ENOBUFS', 'EIO'],
  socket: ['EMFILE', 'ENOBUFS', 'EPERM'],
  statx: ['EIO', 'ENOMEM', 'ENOSYS'],
  unlink: ['EIO', 'EPERM'],
  wait4: ['EINTR', 'EPERM', 'ENOSYS'],
  waitid: ['EINTR', 'EPERM', 'ENOSYS'],
  write: ['EIO', 'ENOSPC', 'EINTR', 'ENOBUFS'],
};

/** Calls for which ssd is not responsible: if one fails, libuv or V8 aborts the process, or waits forever. */
export const OUT_OF_REACH: Readonly<Record<string, string>> = {
  brk: 'memory of the C library: V8 and libuv abort without it',
  epoll_create1: 'the event loop itself: Node does not start',
  epoll_ctl: 'uv__io_poll and uv__platform_invalidate_fd abort',
  epoll_pwait: 'uv__io_poll aborts on everything but EINTR',
  epoll_wait: 'uv__io_poll aborts on everything but EINTR',
  eventfd2: 'uv_async_init: the loop is not made',
  exit_group: 'it cannot fail',
  futex: 'locks of the C library, libuv and V8: they abort or wait for ever',
  getpid: 'it cannot fail',
  getrandom: 'V8 and Node abort',
  gettid: 'it cannot fail',
  capget: 'it cannot fail',
  getegid: 'it cannot fail',
  geteuid: 'it cannot fail',
  getgid: 'it cannot fail',
  getuid: 'it cannot fail',
  madvise: 'V8 aborts',
  mmap: 'V8 aborts; the C library reports ENOMEM, as clone3 does',
  mprotect: 'V8 aborts',
  munmap: 'V8 aborts',
  restart_syscall: 'the kernel goes on with a call that was interrupted',
  rt_sigaction: 'it cannot fail with these arguments',
  rt_sigprocmask: 'libuv aborts, and glibc takes for granted that it cannot fail',
  rt_sigreturn: 'the end of a signal handler',
  sched_yield: 'it cannot fail',
  umask: 'it cannot fail',
  uname: 'it cannot fail',
};

/** Calls that are made to fail elsewhere, but whose object is libuv's own machinery. */
const MACHINERY: readonly {readonly of: RegExp; readonly reason: string}[] = [
  {
    of: /^clone3?\(\{?(child_stack=\S+, )?flags=[^}]*CLONE_THREAD/,
    reason: 'uv_thread_create_ex of the pool aborts',
  },
  {
    of: /^(fstat|fcntl)\([012]<.*(F_[GS]ETFL|st_mode|0x\w+)/,
    reason: 'Node looks at 0 to 2 when it starts and ends, and aborts',
  },
  {
    of: /^close\(\d+<[^>]*(\/node_modules\/[^>]*|\/package\.json)>/,
    reason: 'node::ReadFileSync, by which modules are loaded, aborts',
  },
  {of: /^read\(\d+<anon_inode:inotify>/, reason: 'uv__inotify_read aborts'},
  {of: /^fsync\([12]</, reason: 'koffi flushes them when the process ends'},
  {of: /^(read|write)\(\d+<anon_inode:\[eventfd\]>/, reason: 'uv__async_io and uv__async_send abort'},
  {of: /^(read|write)\(\d+<pipe:\[\d+\]>, "\*", 1\)/, reason: 'the lock of uv__signal: it aborts'},
  {of: /^write\(\d+<pipe:\[\d+\]>, .*, 16\)/, reason: 'uv__signal_handler: it aborts, or the signal is lost'},
  {of: /^read\(\d+<pipe:\[\d+\]>, .*, 512\)/, reason: 'uv__signal_event aborts'},
  // An error that was put in shows the first argument only by its number.
  {of: /^read\(\d+<pipe:\[\d+\]>, 0x\w+, (1|512)\)/, reason: 'uv__signal_event aborts'},
];

/** Why a call is out of reach, or null. `undefined` for a call that is on no list. */
export function reasonAgainst({name, text}: Pick<Call, 'name' | 'text'>): string | null | undefined {
  const machinery = MACHINERY.find(({of}) => of.test(text));
  if (machinery) return machinery.reason;
  if (name in ERRORS) return null;
  return OUT_OF_REACH[name];
}

/** This many calls of one name are tried with every error, the others with one error each in turn. */
const WITH_ALL_ERRORS = 2;
/** Of more calls of one name, as when ssd looks at all processes, this many are tried, evenly spread. */
const MOST_OF_A_NAME = 24;

/** The calls of a recording that are in reach fail, one at a time; the first of each name with each of its errors. */
export function planFaults(calls: readonly Call[], withAllErrors = WITH_ALL_ERRORS): readonly Fault[] {
  return [...groupByName(calls).values()].flatMap(spread).flatMap(({name, nth}) => {
    const errors = ERRORS[name] ?? [];
    const chosen = nth <= withAllErrors ? errors : [errors[nth % errors.length] ?? 'EIO'];
    return chosen.map(error => ({call: name, nth, error}));
  });
}

function groupByName(calls: readonly Call[]): Map<string, Call[]> {
  const groups = new Map<string, Call[]>();
  for (const call of calls) {
    if (reasonAgainst(call) !== null) continue;
    groups.set(call.name, [...(groups.get(call.name) ?? []), call]);
  }
  return groups;
}

function spread(calls: readonly Call[]): readonly Call[] {
  const step = Math.max(1, calls.length / MOST_OF_A_NAME);
  return calls.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}
