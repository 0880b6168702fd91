/** A problem is a fault that lasts. It is part of the protocol: `status`, `events`, `metrics` and verdicts show it. */

/**
 * The problems that ssd survives. Each code is stable, and `describe-problem.ts` has a sentence for it.
 *
 * - `control-off`: no control socket could be made.
 * - `control-failed`: the control socket reported an error.
 * - `http-off`: HTTP is not served where `--http` says.
 * - `http-failed`: the socket of `--http` reported an error.
 * - `environment`: a variable or a file of the envdir is ignored.
 * - `environment-unreadable`: the envdir or a file in it cannot be read, so no generation can start.
 * - `status-file`, `metrics-file`: the file cannot be written, or was removed.
 * - `state-file`: the file cannot be written, so nothing could be taken over from this ssd if it were killed.
 * - `log-command`: the command of `--log-file` has ended and is started again.
 * - `log-file`: the log file was removed, or moved away and not opened again.
 * - `log-lines`: lines of the log, or lines of workers that ssd passes on, could not be written.
 * - `notification`: a message at the notification socket is ignored.
 * - `notify-socket`: the notification socket does not work.
 * - `listener-shut`: a worker has shut a listener down, for all of them.
 * - `queue-stuck`: connections wait at a listener and nobody accepts them.
 * - `queue-nearly-full`: while no generation is to serve, so many connections wait that the next ones may be refused.
 * - `listener-setting`: what `--backlog` or `--nonblocking` asks for cannot be kept.
 * - `path-removed`: the path of a unix listener is no longer its own.
 * - `pid-file`: the pid file is not in its place.
 * - `start-directory`: the directory in which ssd was started has another one under its name.
 * - `traces`: a collector does not take what ssd sends it.
 * - `service-manager`: the service manager cannot be told how ssd is.
 * - `internal`: an error that nothing in ssd expected, and that it has survived.
 * - `ready-command`: the command of `--ready=exec` cannot be started.
 * - `signal-refused`: a worker that is to finish cannot be signalled.
 * - `worker-stopped`: a worker is stopped (SIGSTOP, SIGTTIN) and does nothing.
 * - `listener-held`: a process holds a listener, and the generation that it belongs to is gone.
 */
export const PROBLEM_CODES = [
  'control-off',
  'control-failed',
  'http-off',
  'http-failed',
  'environment',
  'environment-unreadable',
  'status-file',
  'metrics-file',
  'state-file',
  'log-command',
  'log-file',
  'log-lines',
  'notification',
  'notify-socket',
  'listener-shut',
  'queue-stuck',
  'queue-nearly-full',
  'listener-setting',
  'path-removed',
  'pid-file',
  'ready-command',
  'signal-refused',
  'worker-stopped',
  'listener-held',
  'start-directory',
  'traces',
  'service-manager',
  'internal',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Code and subject together identify a problem. */
export type ProblemFacts = {
  readonly code: ProblemCode;
  /** The affected path, variable, listener or command. */
  readonly subject: string;
  /** An errno name, or a few words. */
  readonly cause: string;
};

/** Reports a problem. It is called each time the problem occurs. */
export type Raise = (problem: ProblemFacts) => void;

export type Problem = ProblemFacts & {
  /** When the problem began: the time of day (ISO 8601, UTC). */
  readonly since: string;
  /** How often the problem has occurred since then. */
  readonly count: number;
};
