/**
 * Restarts: who asked, how many attempts each may still cost, and how each learns the verdict.
 *
 *     asked ─▶ restart ──(generation ready)──▶ finishing ──(replaced ones gone)──▶ completed
 *                │  ▲
 *      (failed)  │  │ attempts left, or endless: again at `notBefore`
 *                └──┘ none left: failed
 *
 * Asked while a generation is incoming: `following`, one for all who ask. A failed attempt merges it into the
 * running restart, for the next attempt is younger than either request; so a restart that SIGHUP repeats for
 * ever never keeps another from its verdict.
 */
import type {FailedStart, Verdict} from '../../shared/protocol.js';
import {currentOf, type Finishing, incomingOf, type Model, type Restart, type Waiter} from './model.js';
import type {Asker, Effect} from './types.js';

type Outcome = {readonly model: Model; readonly effects: readonly Effect[]};

const NOTHING: Restart = {waiters: [], endless: false, attempts: 0};

/** Takes a request in: into the restart that has yet to spawn, or into the one that follows. */
export function ask(model: Model, asker: Asker | null, now: number): Model {
  const waiters: Waiter[] = asker ? [{...asker, askedAt: now, attempts: 0}] : [];
  const request: Restart = {waiters, endless: asker === null, attempts: 0};
  return incomingOf(model)
    ? {...model, following: merge(model.following, request)}
    : {...model, restart: merge(model.restart, request)};
}

/** The attempt has failed: who has no attempt left gets the verdict, the others wait for the next one. */
export function attemptFailed(model: Model, failed: FailedStart): Outcome {
  const {waiters, endless, attempts} = model.restart ?? NOTHING;
  const charged = waiters.map(waiter => ({
    ...waiter,
    attempts: waiter.attempts + 1,
    attemptsLeft: waiter.attemptsLeft === null ? null : waiter.attemptsLeft - 1,
  }));
  const patient = charged.filter(waiter => waiter.attemptsLeft !== 0);
  const goesOn = endless || patient.length > 0 || model.following !== null;
  const again = goesOn ? merge({waiters: patient, endless, attempts}, model.following ?? NOTHING) : null;
  const {attempt: _, ...details} = failed;
  const effects = charged
    .filter(waiter => waiter.attemptsLeft === 0)
    .map(({token, attempts}) => answer(token, {verdict: 'failed', attempts, ...details}));
  return {model: {...model, restart: again, following: null}, effects};
}

/** The attempt has succeeded: from now on the restart only waits for those it replaced. */
export function attemptSucceeded(model: Model, finishing: Omit<Finishing, 'waiters'>): Model {
  const waiters = model.restart?.waiters ?? [];
  return {...model, restart: null, finishing: [...model.finishing, {...finishing, waiters}]};
}

/** Ends the restarts whose replaced generations are all gone. */
export function completeFinished(model: Model, now: number): Outcome {
  const living = new Set(model.generations.map(generation => generation.number));
  const isDone = (finishing: Finishing) => finishing.replaced.every(number => !living.has(number));
  const effects = model.finishing.filter(isDone).flatMap(finishing => complete(finishing, now));
  return {model: {...model, finishing: model.finishing.filter(finishing => !isDone(finishing))}, effects};
}

/** Ends every restart because ssd is to stop. */
export function cancelAll(model: Model): Outcome {
  const all = [model.restart, model.following, ...model.finishing].flatMap(restart => restart?.waiters ?? []);
  const effects = all.map(({token}) => answer(token, {verdict: 'cancelled', reason: 'stopping'}));
  return {model: {...model, restart: null, following: null, finishing: []}, effects};
}

/** The restart that the next spawn belongs to, if there is a reason to spawn at all. */
export function nextRestart(model: Model): Restart | null {
  if (model.restart) return model.restart;
  if (model.following) return model.following;
  return currentOf(model) ? null : {...NOTHING, endless: true};
}

/** Who wants to hear what happens to this generation. */
export function tokensFor(model: Model, generation: number): readonly string[] {
  const restarts = model.finishing.filter(
    finishing => finishing.generation === generation || finishing.replaced.includes(generation),
  );
  const own = incomingOf(model)?.number === generation ? (model.restart?.waiters ?? []) : [];
  return [...own, ...restarts.flatMap(finishing => finishing.waiters)].map(waiter => waiter.token);
}

function merge(running: Restart | null, more: Restart): Restart {
  const {waiters, endless, attempts} = running ?? NOTHING;
  return {waiters: [...waiters, ...more.waiters], endless: endless || more.endless, attempts};
}

function complete(finishing: Finishing, now: number): Effect[] {
  const {generation, pids, replaced, readyAt, waiters} = finishing;
  const tokens = waiters.map(waiter => waiter.token);
  const answers = waiters.map(waiter =>
    answer(waiter.token, {
      verdict: 'completed',
      generation,
      pids,
      replaced,
      attempts: waiter.attempts + 1,
      readyMs: readyAt - waiter.askedAt,
      tookMs: now - waiter.askedAt,
    }),
  );
  if (replaced.length === 0) return answers;
  return [{type: 'publish', happening: {type: 'restarted', generation, replaced}, tokens}, ...answers];
}

function answer(token: string, verdict: Verdict): Effect {
  return {type: 'answer', token, verdict};
}
