/** Exit statuses of both programs (DESIGN section 6). */
import type {Failure, FailureCode} from './errors.js';

export const EXIT = {
  done: 0,
  /** Asked, and it failed or was refused. */
  failed: 1,
  usage: 2,
  /** No such instance is running (as `systemctl status` has it). */
  notRunning: 3,
  timedOut: 4,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

const special: Partial<Record<FailureCode, ExitStatus>> = {
  usage: EXIT.usage,
  'option-invalid': EXIT.usage,
  'config-unreadable': EXIT.usage,
  'config-invalid': EXIT.usage,
  'listener-duplicate': EXIT.usage,
  'descriptor-duplicate': EXIT.usage,
  'several-instances': EXIT.usage,
  'no-instance': EXIT.notRunning,
  'not-running': EXIT.notRunning,
  'stale-socket': EXIT.notRunning,
  'daemon-silent': EXIT.timedOut,
  'timed-out': EXIT.timedOut,
  'still-waiting': EXIT.timedOut,
};

/** The status a program exits with when this failure ends it. */
export function exitStatusOf(failure: Failure): ExitStatus {
  return special[failure.code] ?? EXIT.failed;
}
