/**
 * The process group of a worker that was taken over (`--kill-group`). It is reached by the pid descriptor of its leader, also
 * when that has ended: a number that is given away meanwhile means nothing to it.
 */
import {constants} from 'node:os';
import {causeOf} from '../../shared/words/errors.js';
import {signalGroup} from '../system/processes/pid-descriptors.js';
import {isMember, membersOf} from '../workers/process-group.js';

type Leader = {readonly pid: number; readonly pidFd: number};

/** @returns null, or the errno name of the refusal */
export function sendToGroup({pidFd}: Leader, signal: string): string | null {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal];
  const cause = number === undefined ? null : refusalOf(pidFd, number);
  // Nobody is left, or the kernel knows no such call and only the leader can be reached.
  return cause === 'ESRCH' || cause === 'EINVAL' ? null : cause;
}

/**
 * A living process of the group, when its leader has ended; null: there is none, or the kernel cannot reach the group.
 *
 * @param known what was found before
 */
export function memberOf({pid, pidFd}: Leader, known: number | null): number | null {
  const cause = refusalOf(pidFd, 0);
  if (cause === 'ESRCH' || cause === 'EINVAL') return null;
  // The kernel counts zombies, and a container may have nobody to collect them.
  if (known !== null && isMember(known, pid)) return known;
  return membersOf(new Set([pid])).get(pid)?.[0] ?? null;
}

function refusalOf(pidFd: number, signal: number): string | null {
  try {
    signalGroup(pidFd, signal);
    return null;
  } catch (error) {
    return causeOf(error);
  }
}
