/**
 * What ssd says to the service manager (sd_notify(3)), as a pure function of what it has said and of how things are now.
 *
 *     nothing ──(a generation is ready)──▶ ready ──(a restart is asked for)──▶ reloading
 *        │                                  │ ▲                                   │
 *        │                                  │ └──(its attempt has ended)──────────┤
 *        └──────────(stop)──▶ stopping ◀────┴─────────────────────────────────────┘
 *
 * A reload is over when the attempt has ended, ready or failed. systemd has no word for a failed one, and waits for
 * READY=1 until its own time is up. Attempts that follow without an end show in STATUS= only.
 */
import type {ProblemFacts} from '../../shared/protocol/problem.js';
import type {Report} from '../core/types.js';
import {describeService} from './status-text.js';

export type Said = {
  readonly phase: 'nothing' | 'ready' | 'reloading' | 'stopping';
  readonly undecided: number;
  readonly status: string | null;
};

export type Now = {
  readonly report: Report;
  readonly problems: readonly ProblemFacts[];
  /** The monotonic clock in microseconds. */
  readonly usec: bigint;
};

export const NOTHING_SAID: Said = {phase: 'nothing', undecided: 0, status: null};

/** What to say now: one text for each message, in this order. */
export function say(said: Said, {report, problems, usec}: Now): {said: Said; messages: readonly string[]} {
  const {phase, words} = steps(said, report, usec);
  const status = describeService(report, problems);
  const news = {phase, undecided: report.undecided, status};
  if (status === said.status) return {said: news, messages: words};
  const last = words.length > 0 ? `${words.at(-1)}\n` : '';
  return {said: news, messages: [...words.slice(0, -1), `${last}STATUS=${status}`]};
}

type Steps = {readonly phase: Said['phase']; readonly words: readonly string[]};

/** One word a message: of several in one message systemd hears the last. */
function steps({phase, undecided}: Said, report: Report, usec: bigint): Steps {
  const reloading = `RELOADING=1\nMONOTONIC_USEC=${usec}`;
  const isOver = phase === 'reloading' && report.undecided === 0;
  if (phase === 'stopping') return {phase, words: []};
  if (report.wanted === 'stopped') {
    // A manager that still waits for the end of a reload would not believe that ssd stops.
    return {phase: 'stopping', words: [...(phase === 'reloading' ? ['READY=1'] : []), 'STOPPING=1']};
  }
  if (isOver) return {phase: 'ready', words: ['READY=1']};
  if (phase === 'nothing') {
    if (report.current === null) return {phase, words: []};
    if (report.undecided === 0) return {phase: 'ready', words: ['READY=1']};
    return {phase: 'reloading', words: ['READY=1', reloading]};
  }
  // Each request has a message of its own: the manager waits for one that is younger than its signal.
  if (report.undecided > undecided) return {phase: 'reloading', words: [reloading]};
  return {phase, words: []};
}

/** ssd asks for time only while the manager waits for it. */
export function isAwaited({phase}: Said): boolean {
  return phase !== 'ready';
}
