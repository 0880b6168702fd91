/** One line for what a dead ssd has left and the next one cannot take over: what it is, why, and what helps. */
import type {LeftOut} from '../protocol/left-out.js';
import {explain} from './errno.js';

/** @example describeLeftOut({what: 'worker', subject: 'generation 2', pid: 7, command: 'perl', cause: 'ESRCH'}) */
export function describeLeftOut({what, subject, pid, command, cause}: LeftOut): string {
  const holder = pid === null ? '' : `pid ${pid}${command === null ? '' : ` (${command})`}`;
  const why = explain(cause);
  switch (what) {
    case 'state':
      return `warning: state file ${subject} is passed over: ${why}; if workers of a former ssd live, end them with kill PID`;
    case 'remains':
      return `nothing is taken over by state file ${subject}: ${why}`;
    case 'worker':
      return `warning: ${holder} of ${subject} is not taken over: ${why}${ERRNO.test(cause) ? `; end it with kill ${pid}` : ''}`;
    case 'listener':
      return `warning: ${subject} is not taken over${holder && ` from ${holder}`}: ${why}${cureOf(pid, cause)}`;
  }
}

/** The cause of a listener that went with the last worker that had it. */
export const HELD_BY_NOBODY = 'no worker holds it any more';

/** The process is the worker, but the system lets nobody have it. */
const ERRNO = /^E[A-Z0-9]+$/;

/** pidfd_getfd(2) needs the right to trace, which Yama can keep from all but root. */
function cureOf(pid: number | null, cause: string): string {
  if (cause === HELD_BY_NOBODY) return '; it is bound anew if an option names it';
  if (pid === null || (cause !== 'EPERM' && cause !== 'EACCES')) return '';
  return `; ssd needs CAP_SYS_PTRACE, or workers that are started through setpriv --ptracer any, or the store of systemd (--fdstore); or end it with kill ${pid}`;
}
