/** Whether a worker has got the signal of `--on-death=term`. The kernel does not tell, so it follows from what there is to see. */
import {constants} from 'node:os';
import {readIfPossible} from '../../shared/read-whole.js';

type Worker = {
  readonly pid: number;
  /** The effective user with which it was started; null: unknown. */
  readonly uid: number | null;
};

/**
 * The kernel forgets the signal of a process that becomes another user (prctl(2), PR_SET_PDEATHSIG). One that lives though it
 * neither catches nor blocks the signal has not got it, or knows nothing of it.
 */
export function wasTold({pid, uid}: Worker): boolean {
  const status = readIfPossible(`/proc/${pid}/status`);
  // It has ended, or nothing can be seen of it.
  if (status === null) return true;
  const effective = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
  if (uid !== null && Number(effective) !== uid) return isIn(status, 'SigPnd') || isIn(status, 'ShdPnd');
  return isIn(status, 'SigCgt') || isIn(status, 'SigBlk');
}

/** Whether SIGTERM is in one of its sets of signals (proc_pid_status(5)). */
function isIn(status: string, set: string): boolean {
  const mask = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals.SIGTERM - 1)) & 1n) === 1n;
}
