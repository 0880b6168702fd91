/** Exit statuses of both programs; ssd(8) and ssctl(8) list them. */
import type {Failure, FailureCode} from './errors.js';

export const EXIT = {
  done: 0,
  /** The request failed or was refused. */
  failed: 1,
  usage: 2,
  /** No such instance is running. `systemctl status` uses the same number. */
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
  'descriptor-gap': EXIT.usage,
  'no-store': EXIT.usage,
  'path-shared': EXIT.usage,
  'several-instances': EXIT.usage,
  'no-instance': EXIT.notRunning,
  'no-socket': EXIT.notRunning,
  'not-running': EXIT.notRunning,
  'stale-socket': EXIT.notRunning,
  orphaned: EXIT.notRunning,
  'daemon-silent': EXIT.timedOut,
  'timed-out': EXIT.timedOut,
  'still-waiting': EXIT.timedOut,
};

/** The exit status of a program that ends with this failure. */
export function exitStatusOf(failure: Failure): ExitStatus {
  return special[failure.code] ?? EXIT.failed;
}
