/**
 * Ends workers whose ssd was killed. Each is reached by a pid descriptor only, and its start time is compared after that was
 * opened: nobody else can be signalled. The numbers of the system calls are those of x86-64 and arm64.
 */
import {closeSync} from 'node:fs';
import {constants} from 'node:os';
import {cErrno, cFunction} from '../../shared/c-library.js';
import {lives} from '../../shared/state/read-state.js';
import type {StateWorker} from '../../shared/state/state.js';

const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;
const PIDFD_SIGNAL_PROCESS_GROUP = 4;
const POLLIN = 1;
const POLLFD_BYTES = 8;

export type Orphans = {
  /** Sends a signal to each that lives, and lets those go on that are stopped. @param signal without `SIG` */
  readonly signal: (signal: string) => void;
  /** Kills each that lives, and with `--kill-group` what is left of its group. */
  readonly kill: () => void;
  /** Waits until all have ended, but no longer than this; null: for ever. @returns the pids of those that are left */
  readonly untilEnded: (withinMs: number | null) => Promise<readonly number[]>;
  /** The pids of those that may not be signalled, or cannot. */
  readonly outOfReach: () => readonly number[];
  readonly close: () => void;
};

type Calls = {
  /** @returns a pid descriptor, or an errno */
  readonly open: (pid: number) => {readonly fd: number} | {readonly errno: number};
  /** @returns 0 or an errno */
  readonly send: (fd: number, signal: number, flags?: number) => number;
  /** @returns false if the time is over first; -1: without an end */
  readonly untilReadable: (fd: number, ms: number) => Promise<boolean>;
};

type Mark = Pick<StateWorker, 'pid' | 'startedAt' | 'hasGroup'>;
type Held = Mark & {readonly fd: number};

export async function holdOrphans(marks: readonly Mark[]): Promise<Orphans> {
  const {open, send, untilReadable} = await calls();
  const refused = new Set<number>();
  const held = marks.flatMap((mark): readonly Held[] => {
    const opened = open(mark.pid);
    if ('errno' in opened) {
      if (opened.errno !== constants.errno.ESRCH) refused.add(mark.pid);
      return [];
    }
    if (lives(mark)) return [{...mark, fd: opened.fd}];
    closeSync(opened.fd);
    return [];
  });
  const left = (isMeant: (pid: number) => boolean = () => true) =>
    marks.filter(mark => isMeant(mark.pid) && lives(mark)).map(({pid}) => pid);
  const signalEach = (number: number) => {
    for (const one of held.filter(lives)) {
      const errno = send(one.fd, number);
      if (errno !== 0 && errno !== constants.errno.ESRCH) refused.add(one.pid);
    }
  };
  return {
    signal: signal => {
      signalEach(numberOf(signal));
      signalEach(constants.signals.SIGCONT);
    },
    kill: () => {
      // The descriptor stands for the group of its process after that has ended, too. An older kernel refuses the flag.
      for (const {fd, hasGroup} of held)
        if (hasGroup) send(fd, constants.signals.SIGKILL, PIDFD_SIGNAL_PROCESS_GROUP);
      signalEach(constants.signals.SIGKILL);
    },
    untilEnded: async withinMs => {
      const until = withinMs === null ? null : performance.now() + withinMs;
      for (const {fd, pid} of held) {
        if (refused.has(pid)) continue;
        const ms = until === null ? -1 : Math.max(0, Math.ceil(until - performance.now()));
        if (!(await untilReadable(fd, ms))) break;
      }
      return left();
    },
    outOfReach: () => left(pid => refused.has(pid)),
    close: () => {
      for (const {fd} of held) closeSync(fd);
    },
  };
}

function numberOf(signal: string): number {
  return (constants.signals as Readonly<Record<string, number>>)[`SIG${signal}`] ?? constants.signals.SIGTERM;
}

async function calls(): Promise<Calls> {
  const [syscall, poll, lastErrno] = await Promise.all([
    cFunction('long syscall(long, ...)'),
    cFunction('int poll(void *, unsigned long, int)'),
    cErrno(),
  ]);
  const pollOnce = (request: Buffer, ms: number): Promise<number> =>
    new Promise((resolve, reject) => {
      poll.async(request, 1, ms, (error: Error | null, found: number) => {
        if (error) reject(error);
        else if (found < 0 && lastErrno() !== constants.errno.EINTR)
          reject(new Error(`poll: errno ${lastErrno()}`));
        else resolve(found);
      });
    });
  return {
    open: pid => {
      const fd = Number(syscall(SYS_PIDFD_OPEN, 'int', pid, 'uint', 0));
      return fd < 0 ? {errno: lastErrno()} : {fd};
    },
    send: (fd, signal, flags = 0) => {
      const sent = Number(
        syscall(SYS_PIDFD_SEND_SIGNAL, 'int', fd, 'int', signal, 'void *', null, 'uint', flags),
      );
      return sent < 0 ? lastErrno() : 0;
    },
    untilReadable: async (fd, ms) => {
      const until = performance.now() + ms;
      for (;;) {
        const request = Buffer.alloc(POLLFD_BYTES);
        request.writeInt32LE(fd, 0);
        request.writeInt16LE(POLLIN, 4);
        const found = await pollOnce(
          request,
          ms < 0 ? ms : Math.max(0, Math.ceil(until - performance.now())),
        );
        // A signal has come.
        if (found >= 0) return found > 0;
      }
    },
  };
}
