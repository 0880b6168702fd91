/** One sentence for each problem. The log of ssd and ssctl share them. */
import type {ProblemCode, ProblemFacts} from '../protocol/problem.js';
import {explain} from './errno.js';

type Sentences = {readonly [C in ProblemCode]: (problem: ProblemFacts) => string};

const sentences: Sentences = {
  'control-off': ({cause}) => `running without a control socket: ${cause}`,
  'control-failed': ({cause}) => `the control socket failed: ${explain(cause)}`,
  environment: ({subject, cause}) => `${subject} is ignored: ${explain(cause)}`,
  'environment-unreadable': ({subject, cause}) =>
    `cannot read ${subject}: ${explain(cause)}; no generation starts until it can be read, and a lost worker is replaced with the values that were read last`,
  'status-file': ({subject, cause}) => `cannot write status file ${subject}: ${explain(cause)}`,
  'metrics-file': ({subject, cause}) => `cannot write metrics file ${subject}: ${explain(cause)}`,
  'log-command': ({cause}) => `the log command ${cause}`,
  'log-lines': ({cause}) => cause,
  notification: ({cause}) => cause,
  'notify-socket': ({subject, cause}) =>
    `the notification socket ${subject} does not work: ${explain(cause)}`,
  'listener-shut': ({subject, cause}) => `${subject} did not take new clients: ${cause}`,
  'queue-stuck': ({subject, cause}) => `connections wait at ${subject}, and nobody accepts them: ${cause}`,
  'listener-setting': ({subject, cause}) => `cannot keep ${subject} as asked: ${explain(cause)}`,
  'path-removed': ({subject, cause}) => `path ${subject} no longer leads to the listener: ${explain(cause)}`,
  'pid-file': ({subject, cause}) => `pid file ${subject} was removed: ${explain(cause)}`,
  'ready-command': ({subject, cause}) =>
    `cannot start the command of --ready=exec, ${subject}: ${explain(cause)}`,
  'signal-refused': ({subject, cause}) => `cannot end ${subject}: ${explain(cause)}`,
  'worker-stopped': ({subject, cause}) =>
    `${subject}, was stopped by ${cause} and does nothing${TERMINAL.has(cause) ? ': it uses the terminal, from the background' : ''}; SIGCONT continues it`,
  'listener-held': ({subject, cause}) =>
    `${subject} outlives its generation and holds ${cause}: it may answer clients; end it, or use --kill-group`,
  'start-directory': ({subject, cause}) =>
    `${subject} is not the directory any more in which ssd was started, and workers run in ${cause}; with --dir=${subject} they follow it`,
  internal: ({subject, cause}) => `internal error in ${subject}: ${cause}; ssd goes on`,
};

/** What the kernel sends to a process in the background that reads from the terminal, or sets it up. */
const TERMINAL: ReadonlySet<string> = new Set(['SIGTTIN', 'SIGTTOU']);

/** @example describeProblem({code: 'status-file', subject: '/run/a', cause: 'ENOSPC'}) */
export function describeProblem(problem: ProblemFacts): string {
  // A newer daemon may have a code that this program does not know.
  if (!Object.hasOwn(sentences, problem.code)) return `${problem.code}: ${problem.subject}: ${problem.cause}`;
  return sentences[problem.code](problem);
}
