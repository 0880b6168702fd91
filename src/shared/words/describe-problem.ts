/** One sentence for each problem. The log of ssd and ssctl share them. */
import type {ProblemCode, ProblemFacts} from '../protocol/problem.js';
import {explain, explainSetting} from './errno.js';

/** The cause of a problem that is over as soon as it is seen: ssd puts back what somebody has removed. */
export const MADE_AGAIN = 'was removed; ssd made it again';

type Sentences = {readonly [C in ProblemCode]: (problem: ProblemFacts) => string};

const sentences: Sentences = {
  'control-off': ({cause}) => `running without a control socket: ${cause}`,
  'control-failed': ({cause}) => `the control socket failed: ${explain(cause)}`,
  'http-off': ({subject, cause}) =>
    madeAgain('the path of --http', {subject, cause}) ??
    `HTTP is not served at ${subject}: ${explain(cause)}`,
  'http-failed': ({subject, cause}) => `a client of HTTP at ${subject} was not accepted: ${explain(cause)}`,
  environment: ({subject, cause}) => `${subject} is ignored: ${explainSetting(subject, cause)}`,
  'environment-unreadable': ({subject, cause}) =>
    `cannot read ${subject}: ${explainSetting(subject, cause)}; no restart succeeds until it can be read, and lost workers are replaced with the values that were read last`,
  'status-file': ({subject, cause}) =>
    madeAgain('status file', {subject, cause}) ?? `cannot write status file ${subject}: ${explain(cause)}`,
  'metrics-file': ({subject, cause}) => `cannot write metrics file ${subject}: ${explain(cause)}`,
  'state-file': ({subject, cause}) =>
    `cannot write state file ${subject}: ${explain(cause)}; if ssd were killed, the next one could not take over its workers`,
  'log-command': ({cause}) => `the log command ${cause}`,
  'log-file': ({subject, cause}) =>
    `log file ${subject} ${cause}, and what is written to it is not found there; ssctl reopen-logs makes it again`,
  'log-lines': ({cause}) => cause,
  notification: ({cause}) => cause,
  'notify-socket': ({subject, cause}) =>
    madeAgain('the notification socket', {subject, cause}) ??
    `the notification socket ${subject} does not work: ${explain(cause)}`,
  'listener-shut': ({subject, cause}) => `${subject} did not take new clients: ${cause}`,
  'queue-stuck': ({subject, cause}) =>
    `connections wait at ${subject}, and nobody accepts them: ${cause}; does the server use the descriptor in SERVER_STARTER_PORT?`,
  'queue-nearly-full': ({subject, cause}) =>
    `so many clients wait at ${subject} while no generation serves that the next ones may be refused: ${cause}`,
  'listener-setting': ({subject, cause}) => `cannot keep ${subject} as asked: ${explain(cause)}`,
  'path-removed': ({subject, cause}) => `path ${subject} no longer leads to the listener: ${explain(cause)}`,
  'pid-file': ({subject, cause}) =>
    madeAgain('pid file', {subject, cause}) ??
    `cannot keep pid file ${subject} in its place: ${explain(cause)}`,
  'ready-command': ({subject, cause}) =>
    `cannot start the command of --ready=exec, ${subject}: ${explain(cause)}`,
  'signal-refused': ({subject, cause}) => `cannot end ${subject}: ${explain(cause)}`,
  'worker-stopped': ({subject, cause}) =>
    `${subject}, was stopped by ${cause} and does nothing${TERMINAL.has(cause) ? ': it uses the terminal, from the background' : ''}; SIGCONT continues it`,
  'listener-held': ({subject, cause}) =>
    `${subject} outlives its generation and holds ${cause}: it may answer clients; end it${cause.endsWith(IN_SPITE) ? '' : ', or use --kill-group'}`,
  'start-directory': ({subject, cause}) =>
    `${subject} is not the directory any more in which ssd was started, and workers run in ${cause}; with --dir=${subject} they follow it`,
  traces: ({subject, cause}) => `cannot send traces to ${subject}: ${cause}`,
  'service-manager': ({subject, cause}) =>
    `cannot tell the service manager at ${subject} how ssd is: ${explain(cause)}`,
  internal: ({subject, cause}) => `internal error in ${subject}: ${cause}; ssd goes on`,
};

/** The same of a problem that is over, where the sentence above is about the present. It has no advice. */
const past: Partial<Sentences> = {
  'control-off': ({cause}) => `ran without a control socket: ${cause}`,
  'http-off': ({subject, cause}) =>
    madeAgain('the path of --http', {subject, cause}) ??
    `HTTP was not served at ${subject}: ${explain(cause)}`,
  environment: ({subject, cause}) => `${subject} was ignored: ${explainSetting(subject, cause)}`,
  'environment-unreadable': ({subject, cause}) =>
    `could not read ${subject}: ${explainSetting(subject, cause)}`,
  'status-file': ({subject, cause}) =>
    madeAgain('status file', {subject, cause}) ?? `could not write status file ${subject}: ${explain(cause)}`,
  'metrics-file': ({subject, cause}) => `could not write metrics file ${subject}: ${explain(cause)}`,
  'state-file': ({subject, cause}) => `could not write state file ${subject}: ${explain(cause)}`,
  'notify-socket': ({subject, cause}) =>
    madeAgain('the notification socket', {subject, cause}) ??
    `the notification socket ${subject} did not work: ${explain(cause)}`,
  'pid-file': ({subject, cause}) =>
    madeAgain('pid file', {subject, cause}) ??
    `could not keep pid file ${subject} in its place: ${explain(cause)}`,
  'log-file': ({subject, cause}) => `log file ${subject} ${cause}`,
  'queue-stuck': ({subject, cause}) => `connections waited at ${subject}, and nobody accepted them: ${cause}`,
  'queue-nearly-full': ({subject, cause}) =>
    `so many clients waited at ${subject} while no generation served that others may have been refused: ${cause}`,
  'listener-setting': ({subject, cause}) => `could not keep ${subject} as asked: ${explain(cause)}`,
  'path-removed': ({subject, cause}) => `path ${subject} did not lead to the listener: ${explain(cause)}`,
  'ready-command': ({subject, cause}) =>
    `could not start the command of --ready=exec, ${subject}: ${explain(cause)}`,
  'signal-refused': ({subject, cause}) => `could not end ${subject}: ${explain(cause)}`,
  'worker-stopped': ({subject, cause}) => `${subject}, had been stopped by ${cause}`,
  'listener-held': ({subject, cause}) => `${subject} outlived its generation and held ${cause}`,
  traces: ({subject, cause}) => `could not send traces to ${subject}: ${cause}`,
  'service-manager': ({subject, cause}) =>
    `could not tell the service manager at ${subject} how ssd was: ${explain(cause)}`,
  internal: ({subject, cause}) => `internal error in ${subject}: ${cause}`,
};

function madeAgain(what: string, {subject, cause}: Omit<ProblemFacts, 'code'>): string | null {
  return cause === MADE_AGAIN ? `${what} ${subject} ${cause}` : null;
}

/** Ends the cause where `--kill-group` is in use already. The process has left the group of its worker. */
export const IN_SPITE = ', in spite of --kill-group';

/** What the kernel sends to a process in the background that reads from the terminal, or sets it up. */
const TERMINAL: ReadonlySet<string> = new Set(['SIGTTIN', 'SIGTTOU']);

/** @example describeProblem({code: 'status-file', subject: '/run/a', cause: 'ENOSPC'}) */
export function describeProblem(problem: ProblemFacts): string {
  // A newer daemon may have a code that this program does not know.
  if (!Object.hasOwn(sentences, problem.code)) return `${problem.code}: ${problem.subject}: ${problem.cause}`;
  return sentences[problem.code](problem);
}

/** @example describeSolved({code: 'status-file', subject: '/run/a', cause: 'ENOSPC'}) */
export function describeSolved(problem: ProblemFacts): string {
  const sentence = Object.hasOwn(past, problem.code) ? past[problem.code] : undefined;
  return sentence ? sentence(problem) : describeProblem(problem);
}
