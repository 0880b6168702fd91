/**
 * Whether a process is blocked in a system call by which programs wait for connections, messages, signals or time. A process
 * that is about to end is not. wait4(2) does not count: a shell waits by it for the server itself, which may just have ended.
 * proc(5), /proc/PID/syscall: the number of the call, or `running`.
 */
import {readWhole} from '../../../shared/read-whole.js';

/** From the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h). */
const WAITING: Readonly<Record<string, ReadonlySet<string>>> = {
  // poll, select, pause, nanosleep, accept, recvfrom, recvmsg, rt_sigtimedwait, rt_sigsuspend, clock_nanosleep, epoll_wait,
  // pselect6, ppoll, epoll_pwait, accept4, io_uring_enter, epoll_pwait2
  x64: setOf('7 23 34 35 43 45 47 128 130 230 232 270 271 281 288 426 441'),
  // epoll_pwait, pselect6, ppoll, nanosleep, clock_nanosleep, rt_sigsuspend, rt_sigtimedwait, accept, recvfrom, recvmsg,
  // accept4, io_uring_enter, epoll_pwait2
  arm64: setOf('22 72 73 101 115 133 137 202 207 212 242 426 441'),
};

function setOf(numbers: string): ReadonlySet<string> {
  return new Set(numbers.split(' '));
}

/** False also where the kernel does not tell: without /proc, of a process of another user, on another architecture. */
export function waitsForWork(pid: number): boolean {
  try {
    const [call = ''] = readWhole(`/proc/${pid}/syscall`, 'latin1').split(' ');
    return WAITING[process.arch]?.has(call) ?? false;
  } catch {
    // ENOENT, ESRCH, EPERM.
    return false;
  }
}
