/** The system calls for processes that Node lacks. Errors are as in `posix.ts`. */
import {constants} from 'node:os';
import {readStat} from '../../shared/process-stat.js';
import {type DescriptorPair, planMoves} from './descriptor-moves.js';
import {check, lastErrno, libc, systemError} from './posix.js';

const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WCONTINUED = 8;
const WNOWAIT = 0x0100_0000;
const P_ALL = 0;
const P_PID = 1;
/** Where `si_pid` is: after three ints, and a fourth for alignment where pointers have 64 bits. */
const SI_PID = 16;
const PR_SET_CHILD_SUBREAPER = 36;
const CLD_EXITED = 1;
const CLD_STOPPED = 5;
const POSIX_SPAWN_SETPGROUP = 2;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
/** Room for the posix_spawn structures of any libc (glibc: 336 and 80 bytes, sigset_t 128). */
const OPAQUE_BYTES = 1024;

const c = {
  syscall: libc.func('long syscall(long, ...)'),
  execve: libc.func('int execve(const char *, const char **, const char **)'),
  getpgid: libc.func('int getpgid(int)'),
  prctl: libc.func('int prctl(int, ...)'),
  waitpid: libc.func('int waitpid(int, void *, int)'),
  waitid: libc.func('int waitid(int, int, void *, int)'),
  posix_spawn: libc.func(
    'int posix_spawn(void *, const char *, const void *, const void *, const char **, const char **)',
  ),
  actions_init: libc.func('int posix_spawn_file_actions_init(void *)'),
  actions_dup2: libc.func('int posix_spawn_file_actions_adddup2(void *, int, int)'),
  actions_close: libc.func('int posix_spawn_file_actions_addclose(void *, int)'),
  actions_chdir: libc.func('int posix_spawn_file_actions_addchdir_np(void *, const char *)'),
  actions_destroy: libc.func('int posix_spawn_file_actions_destroy(void *)'),
  attributes_init: libc.func('int posix_spawnattr_init(void *)'),
  attributes_setflags: libc.func('int posix_spawnattr_setflags(void *, short)'),
  attributes_setsigdefault: libc.func('int posix_spawnattr_setsigdefault(void *, const void *)'),
  attributes_setsigmask: libc.func('int posix_spawnattr_setsigmask(void *, const void *)'),
  sigdelset: libc.func('int sigdelset(void *, int)'),
};

/** Opens a descriptor that stands for this process, even after its pid is reused (pidfd_open(2)). */
export function openPid(pid: number): number {
  return check('pidfd_open', Number(c.syscall(SYS_PIDFD_OPEN, 'int', pid, 'uint', 0)));
}

/** Signals the process that a pid descriptor stands for (pidfd_send_signal(2)). */
export function signalPid(pidFd: number, signal: number): void {
  const result = c.syscall(SYS_PIDFD_SEND_SIGNAL, 'int', pidFd, 'int', signal, 'void *', null, 'uint', 0);
  check('pidfd_send_signal', Number(result));
}

/** The part of a `sigset_t` that Linux uses: 64 signals. */
const SIGNAL_SET_BYTES = 8;

export type SpawnOrder = {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string | null;
  /** What the child is given, in any order. Everything else that ssd has open is close-on-exec. */
  readonly descriptors: readonly DescriptorPair[];
  /** Whether the child leads its own process group, instead of being in ssd's. */
  readonly leadsGroup?: boolean;
};

/**
 * Starts a program. Every signal has its default action, except SIGPIPE, which is ignored; no signal is blocked.
 * Returns once exec has succeeded.
 *
 * @returns the pid of the child
 * @throws the errno of fork or exec: `ENOENT`, `EACCES`, `ENOEXEC`, `E2BIG`, `EAGAIN` …
 */
export function spawnProcess(order: SpawnOrder): number {
  const {path, argv, env, directory, descriptors, leadsGroup = false} = order;
  const [actions, attributes] = [Buffer.alloc(OPAQUE_BYTES), attributesFor(leadsGroup)];
  const pid = Buffer.alloc(4);
  c.actions_init(actions);
  try {
    if (directory !== null) c.actions_chdir(actions, directory);
    placeDescriptors(actions, descriptors);
    const errno = c.posix_spawn(pid, path, actions, attributes, [...argv, null], strings(env));
    if (errno !== 0) throw systemError('posix_spawn', errno);
  } finally {
    c.actions_destroy(actions);
  }
  return pid.readInt32LE();
}

function attributesFor(leadsGroup: boolean): Buffer {
  const [attributes, signals] = [Buffer.alloc(OPAQUE_BYTES), Buffer.alloc(OPAQUE_BYTES)];
  c.attributes_init(attributes);
  c.attributes_setsigmask(attributes, signals);
  // Not sigfillset(3): it leaves out glibc's own signals 32 and 33, and posix_spawn then makes those ignored.
  signals.fill(0xff, 0, SIGNAL_SET_BYTES);
  // Node ignores SIGPIPE, and so does start_server. Servers may count on EPIPE, instead of dying of a hang-up.
  c.sigdelset(signals, constants.signals.SIGPIPE);
  c.attributes_setsigdefault(attributes, signals);
  // SETPGROUP uses group 0, the initial value of the attributes: a group named by the child's own pid.
  const group = leadsGroup ? POSIX_SPAWN_SETPGROUP : 0;
  c.attributes_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group);
  return attributes;
}

function placeDescriptors(actions: Buffer, descriptors: readonly DescriptorPair[]): void {
  for (const step of planMoves(descriptors)) {
    const errno =
      step.type === 'close'
        ? c.actions_close(actions, step.fd)
        : c.actions_dup2(actions, step.from, step.onto);
    // EBADF: a number beyond the limit of open files; ENOMEM. Unchecked, the child would silently lack the descriptor.
    if (errno !== 0) throw systemError('posix_spawn_file_actions', errno);
  }
}

/**
 * Replaces this program with another one, under the same pid (execve(2)). It returns only by throwing.
 *
 * @throws the errno of exec
 */
export function execute(path: string, argv: readonly string[], env: SpawnOrder['env']): never {
  c.execve(path, [...argv, null], strings(env));
  throw systemError('execve', lastErrno());
}

function strings(env: SpawnOrder['env']): readonly (string | null)[] {
  return [...Object.entries(env).map(([name, value]) => `${name}=${value}`), null];
}

/** Whether this process inherits the orphans among its descendants, in the place of process 1 (prctl(2)). */
export function setSubreaper(wanted: boolean): void {
  check(
    'prctl',
    c.prctl(PR_SET_CHILD_SUBREAPER, 'ulong', wanted ? 1 : 0, 'ulong', 0, 'ulong', 0, 'ulong', 0),
  );
}

/** The process group of a process, or null if the process is gone (getpgid(2)). */
export function groupOf(pid: number): number | null {
  const group = c.getpgid(pid);
  return group < 0 ? null : group;
}

/**
 * Collects a child if it has ended (waitpid(2) with WNOHANG).
 *
 * @returns its wait status; null while it lives; `lost` if it is not, or no longer, a child of ssd; `unknown` if the
 *   call failed: ask again
 */
export function collectChild(pid: number): number | null | 'lost' | 'unknown' {
  const status = Buffer.alloc(4);
  const result = c.waitpid(pid, status, WNOHANG);
  if (result === pid) return status.readInt32LE();
  if (result === 0) return null;
  return whyNot(pid);
}

/** Whether there may be a child that has ended and is not collected. One call asks for all of them. */
export function mayHaveEnded(): boolean {
  return nextEnded() !== 0;
}

/** The pid of a child that has ended and is not collected, or null. It may be one that ssd did not start. */
export function endedChild(): number | null {
  const pid = nextEnded();
  return pid > 0 ? pid : null;
}

/** Whether this process is a child that has ended and is not collected. Any other process is not. */
export function isEndedChild(pid: number): boolean {
  const info = Buffer.alloc(128);
  return c.waitid(P_PID, pid, info, WEXITED | WNOHANG | WNOWAIT) === 0 && info.readInt32LE(SI_PID) === pid;
}

/** The pid of such a child, 0 if there is none, -1 if the call failed (waitid(2)). */
function nextEnded(): number {
  const info = Buffer.alloc(128);
  if (c.waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT) !== 0) return -1;
  return info.readInt32LE(SI_PID);
}

/** What a failed wait means: only ECHILD says that a child is gone. */
function whyNot(pid: number): 'lost' | 'unknown' {
  return lastErrno() === constants.errno.ECHILD && !isOurs(pid) ? 'lost' : 'unknown';
}

/** Whether a process is a child of ssd in spite of ECHILD: a living worker must not count as gone. */
function isOurs(pid: number): boolean {
  const stat = readStat(pid);
  if (stat) return stat.parent === process.pid;
  try {
    // Without /proc, this tells whether the process exists.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Whether a child has been stopped or continued since the last look (waitid(2)). It does not collect a child that ended.
 *
 * @returns the number of the signal that stopped it; `continued`; null: neither
 */
export function stopOfChild(pid: number): number | 'continued' | null {
  const info = Buffer.alloc(128);
  if (c.waitid(P_PID, pid, info, WSTOPPED | WCONTINUED | WNOHANG) !== 0) return null;
  if (info.readInt32LE(SI_PID) !== pid) return null;
  return info.readInt32LE(8) === CLD_STOPPED ? info.readInt32LE(24) : 'continued';
}

/**
 * Whether a child has ended. It stays uncollected (waitid(2) with WNOWAIT), so neither its pid nor the number of the
 * process group that it led can be given to another process.
 *
 * @returns as `collectChild`
 */
export function endOfChild(pid: number): number | null | 'lost' | 'unknown' {
  const info = Buffer.alloc(128);
  if (c.waitid(P_PID, pid, info, WEXITED | WNOHANG | WNOWAIT) !== 0) return whyNot(pid);
  if (info.readInt32LE(SI_PID) !== pid) return null;
  const status = info.readInt32LE(24);
  return info.readInt32LE(8) === CLD_EXITED ? (status & 0xff) << 8 : status;
}
