/** A problem: something wrong that lasts. Part of the protocol: `status`, `events`, `metrics` and verdicts show it. */

/**
 * What can be wrong while ssd goes on. A code is stable; `describe-problem.ts` has the sentence for each.
 *
 * - `control-off`: no control socket could be made.
 * - `control-failed`: the control socket reported an error.
 * - `environment`: a variable or a file of the envdir is ignored.
 * - `environment-unreadable`: the envdir or a file in it cannot be read, so no generation can start.
 * - `status-file`, `metrics-file`: the file cannot be written.
 * - `log-command`: the command of `--log-file` has ended and is started again.
 * - `log-lines`: lines of the log could not be written.
 * - `notification`: a message at the notification socket is ignored.
 * - `notify-socket`: the notification socket does not work.
 * - `ready-command`: the command of `--ready=exec` cannot be started.
 */
export const PROBLEM_CODES = [
  'control-off',
  'control-failed',
  'environment',
  'environment-unreadable',
  'status-file',
  'metrics-file',
  'log-command',
  'log-lines',
  'notification',
  'notify-socket',
  'ready-command',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** One problem is told from another by its code and its subject. */
export type ProblemFacts = {
  readonly code: ProblemCode;
  /** What it is about: a path, a variable, a listener, a command. */
  readonly subject: string;
  /** Why: an errno name, or a few words. */
  readonly cause: string;
};

/** Tells of a problem, as often as it is met. */
export type Raise = (problem: ProblemFacts) => void;

export type Problem = ProblemFacts & {
  /** When it began: the time of day (ISO 8601, UTC). */
  readonly since: string;
  /** How often it has been met since then. */
  readonly count: number;
};
