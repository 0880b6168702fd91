/**
 * Ends workers whose ssd was killed. Each is reached by a pid descriptor only, and its start time is compared after that was
 * opened: nobody else can be signalled. The numbers of the system calls are those of x86-64 and arm64.
 */
import {closeSync} from 'node:fs';
import {constants} from 'node:os';
import {cFunction} from '../../shared/c-library.js';
import {lives} from '../../shared/state/read-state.js';
import type {ProcessMark} from '../../shared/state/state.js';

const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;
const POLLIN = 1;
const POLLFD_BYTES = 8;

export type Orphans = {
  /** Sends a signal to each that lives. @param signal without `SIG` */
  readonly signal: (signal: string) => void;
  /** Waits until all have ended, but no longer than this; null: for ever. @returns the pids of those that are left */
  readonly untilEnded: (withinMs: number | null) => Promise<readonly number[]>;
  readonly close: () => void;
};

export async function holdOrphans(marks: readonly ProcessMark[]): Promise<Orphans> {
  const [syscall, poll] = await Promise.all([
    cFunction('long syscall(long, ...)'),
    cFunction('int poll(void *, unsigned long, int)'),
  ]);
  const held = marks.flatMap(mark => {
    const fd = Number(syscall(SYS_PIDFD_OPEN, 'int', mark.pid, 'uint', 0));
    if (fd < 0) return [];
    if (lives(mark)) return [{...mark, fd}];
    closeSync(fd);
    return [];
  });
  const left = () => held.filter(lives);
  /** @returns false if the time is over first */
  const endOf = (fd: number, ms: number): Promise<boolean> => {
    const request = Buffer.alloc(POLLFD_BYTES);
    request.writeInt32LE(fd, 0);
    request.writeInt16LE(POLLIN, 4);
    return new Promise((resolve, reject) => {
      poll.async(request, 1, ms, (error: Error | null, found: number) =>
        error ? reject(error) : resolve(found > 0),
      );
    });
  };
  return {
    signal: signal => {
      const number = (constants.signals as Readonly<Record<string, number>>)[`SIG${signal}`];
      for (const {fd} of left())
        syscall(
          SYS_PIDFD_SEND_SIGNAL,
          'int',
          fd,
          'int',
          number ?? constants.signals.SIGTERM,
          'void *',
          null,
          'uint',
          0,
        );
    },
    untilEnded: async withinMs => {
      const until = withinMs === null ? null : performance.now() + withinMs;
      for (const {fd} of held) {
        const ms = until === null ? -1 : Math.max(0, Math.ceil(until - performance.now()));
        if (!(await endOf(fd, ms))) break;
      }
      return left().map(({pid}) => pid);
    },
    close: () => {
      for (const {fd} of held) closeSync(fd);
    },
  };
}
