/** How a restart ends: one event for everybody, and one answer for each client that waits for the verdict. */
import type {CancelledVerdict, FailedStart, RestartEnd} from '../../shared/protocol/event.js';
import type {Verdict} from '../../shared/protocol/verdict.js';
import {currentOf, type Finishing, type Model, type Step, type Waiter} from './model.js';
import {endOfCheck} from './trial/end-trial.js';
import type {Effect} from './types.js';

/** The event and the answers of a restart whose replaced generations are gone. */
export function complete(finishing: Finishing, now: number, retiring: readonly number[]): Effect[] {
  const {generation, replaced, release, waiters} = finishing;
  const answers = completions(finishing, now, retiring);
  if (!isRestart(finishing)) return answers;
  const facts = {generation, replaced, retiring, ...(release !== null && {release})};
  const end = {verdict: 'completed', ...facts} as const;
  return [ended(end, waiters.map(tokenOf)), ...answers];
}

/** @param retiring the replaced generations that are not gone yet */
export function completions(finishing: Finishing, now: number, retiring: readonly number[]): Effect[] {
  const {generation, pids, replaced, readyAt, release, waiters} = finishing;
  return waiters.map(({token, attempts, askedAt}) =>
    answer(token, {
      verdict: 'completed',
      generation,
      ...(release !== null && {release}),
      pids,
      replaced,
      retiring,
      attempts: attempts + 1,
      readyMs: readyAt - askedAt,
      tookMs: now - askedAt,
    }),
  );
}

/** A start that replaces nothing, such as the first, is not a restart, even if a client waits for it. */
export function isRestart({replaced}: Finishing): boolean {
  return replaced.length > 0;
}

/** The event and the answers of a restart when generation `by`, which was asked for later, is ready. */
export function supersede(finishing: Finishing, by: number): Effect[] {
  const {generation, waiters} = finishing;
  const answers = waiters.map(({token, attempts}) =>
    answer(token, {verdict: 'superseded', generation, by, attempts: attempts + 1}),
  );
  if (!isRestart(finishing)) return answers;
  return [ended({verdict: 'superseded', generation, by}, waiters.map(tokenOf)), ...answers];
}

/** The event and the answers for clients with no attempt left. */
export function failures(waiters: readonly Waiter[], failed: FailedStart): Effect[] {
  const {attempt, ...details} = failed;
  const attempts = Math.max(attempt, ...waiters.map(waiter => waiter.attempts));
  const end = ended({verdict: 'failed', attempts, ...details}, waiters.map(tokenOf));
  return [end, ...waiters.map(waiter => failure(waiter, failed))];
}

/** The verdict `failed` for one client, without an event. */
export function failure({token, attempts}: Waiter, {attempt: _, ...details}: FailedStart): Effect {
  return answer(token, {verdict: 'failed', attempts, ...details});
}

/** Ends the restarts that have no ready generation yet. */
export function cancelStarting(model: Model): Step {
  const waiters = [model.restart, model.following].flatMap(restart => restart?.waiters ?? []);
  const tokens = waiters.map(({token}) => token);
  const effects = cancel(tokens, tokens, 'cancel');
  return {model: {...model, restart: null, following: null}, effects};
}

/** Ends every restart because ssd is to stop, or to pause. */
export function cancelAll(model: Model, reason: 'stopping' | 'paused'): Step {
  const {restart, following, recovery, finishing, trial, scaling, paused} = model;
  const waiters = [restart, following, recovery, finishing].flatMap(each => each?.waiters ?? []);
  const asking = waiters.map(({token}) => token);
  // A second pause sets another end of the first.
  const ended = reason === 'stopping' ? paused : null;
  const tokens = [...asking, ...scaling, ...(ended?.tokens ?? [])];
  const isUnderWay = (restart ?? following) !== null && currentOf(model) !== undefined;
  const effects =
    isUnderWay || (finishing && isRestart(finishing))
      ? cancel(tokens, asking, reason)
      : tokens.map(token => answer(token, {verdict: 'cancelled', reason}));
  const none = {restart: null, following: null, recovery: null, finishing: null, trial: null, scaling: []};
  return {
    model: {...model, ...none, paused: ended ? null : paused},
    effects: [...effects, ...endOfCheck(trial)],
  };
}

/** @param asking the tokens among `tokens` that asked for a restart */
export function cancel(
  tokens: readonly string[],
  asking: readonly string[],
  reason: CancelledVerdict['reason'],
): Effect[] {
  const verdict = {verdict: 'cancelled', reason} as const;
  return [ended(verdict, asking), ...tokens.map(token => answer(token, verdict))];
}

function ended(end: RestartEnd, tokens: readonly string[]): Effect {
  return {type: 'publish', event: {type: 'restart-ended', ...end}, tokens};
}

function tokenOf({token}: Waiter): string {
  return token;
}

export function answer(token: string, verdict: Verdict): Effect {
  return {type: 'answer', token, answer: verdict};
}
