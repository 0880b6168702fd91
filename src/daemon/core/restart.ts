/**
 * Restarts: who asked, how many attempts each request allows, and how each client learns the verdict.
 *
 *     asked ─▶ restart ──(generation ready)──▶ finishing ──(replaced ones gone)──▶ completed
 *                │  ▲
 *      (failed)  │  │ attempts left, or endless: again after a pause
 *                └──┘ none left: failed          └─(a later generation is ready)─▶ superseded
 *
 * A request that comes while a generation is incoming goes into `following`, one restart for all such requests. A
 * failed attempt merges `following` into the running restart, because the next attempt is younger than both requests.
 * So a restart that SIGHUP repeats for ever never keeps another request from its verdict.
 *
 * The pauses of a failing restart grow. A new request waits only for the shortest pause, because the program may be
 * repaired by now.
 */
import type {FailedStart} from '../../shared/protocol/event.js';
import {join, ownRestart} from './ask.js';
import type {LivingGeneration} from './generation-state.js';
import {stayingPids} from './memory/staying.js';
import {
  currentOf,
  type Finishing,
  incomingOf,
  type Model,
  type Restart,
  readyPlaces,
  type Step,
  servingOf,
  underWay,
  type Waiter,
} from './model.js';
import type {Settings} from './types.js';
import {complete, completions, failure, failures, isRestart, supersede} from './verdicts.js';
import {isRefused} from './worker/worker-state.js';

/** The shortest pause after a failed start, even with `--interval=0`. */
const MINIMUM_PAUSE_MS = 100;

/** The pause between the last spawn and the next one after this many failed attempts, in milliseconds. */
export function pauseAfter(attempts: number, {intervalMs, maxIntervalMs}: Settings): number {
  const least = Math.max(intervalMs, MINIMUM_PAUSE_MS);
  const most = Math.max(least, maxIntervalMs ?? least);
  // Any interval reaches its cap before 2^30, and the product must stay finite.
  return Math.min(most, least * 2 ** Math.min(attempts - 1, 30));
}

/**
 * The attempt failed. Clients with no attempt left get the verdict; the others wait for the next attempt. A request
 * without a limit of its own has as many attempts as `--max-attempts` allows.
 */
export function attemptFailed(model: Model, failed: FailedStart, now: number): Step {
  const {restart, following, settings, lastSpawnAt} = model;
  const before = restart ?? ownRestart(model);
  const owed = Math.max(0, before.owed - 1);
  const tries = before.endless ? before.tries + 1 : 0;
  // It would stop again what is about to come back.
  const isLast = before.stopFirst && model.good !== null;
  const endless = before.endless && !isLast && !isSpent(model, tries);
  const charged = before.waiters.map(waiter => ({
    ...waiter,
    attempts: waiter.attempts + 1,
    attemptsLeft: waiter.attemptsLeft === null ? null : waiter.attemptsLeft - 1,
  }));
  const isOver = ({attemptsLeft, attempts: made}: Waiter) =>
    attemptsLeft === 0 || (attemptsLeft === null && (isLast || isSpent(model, made)));
  const patient = charged.filter(waiter => !isOver(waiter));
  const notBefore = lastSpawnAt + pauseAfter(before.attempts, settings);
  const failingSince = before.failingSince ?? now;
  const goesOn = endless || owed > 0 || patient.length > 0;
  const left = {waiters: patient, endless, tries, owed, notBefore};
  const rest = goesOn ? {...before, ...left, look: null, undecided: 0, failingSince} : null;
  const again = following ? join(rest, following) : {restart: rest, effects: []};
  const ended = charged.filter(isOver);
  const isGivenUp = before.endless && !endless && (servingOf(model).length > 0 || model.good !== null);
  const effects = ended.length > 0 || isGivenUp ? failures(ended, failed) : [];
  return {
    model: {...model, restart: again.restart, following: null},
    effects: [...effects, ...again.effects],
  };
}

/** While an older generation serves because the current one is lost, ssd keeps trying. Giving up would end the older one. */
export function isSpent(model: Model, attempts: number): boolean {
  const {maxAttempts} = model.settings;
  if (maxAttempts === null || attempts < maxAttempts) return false;
  return currentOf(model) !== undefined || servingOf(model).length === 0;
}

/**
 * The attempt succeeded. Clients that wait until `ready` get the verdict now. For the others, the restart waits until
 * the generations that it replaced are gone. It supersedes an earlier restart that still waits for that, because the
 * generation of that one no longer serves.
 */
export function attemptSucceeded(
  model: Model,
  finishing: Omit<Finishing, 'waiters' | 'number'>,
  {recovers, onTrial}: {readonly recovers: boolean; readonly onTrial: boolean},
): Step {
  const {generation: by, readyAt} = finishing;
  const restart = recovers ? model.restart : null;
  const {waiters: asked, number} = (recovers ? model.recovery : model.restart) ?? ownRestart(model);
  const impatient = onTrial ? [] : asked.filter(({until}) => until === 'ready');
  const waiters = asked.filter(waiter => !impatient.includes(waiter));
  const superseded = model.finishing ? supersede(model.finishing, by) : [];
  const left = leftOf(model, finishing);
  const done = completions({waiters: impatient, number, ...finishing}, readyAt, left);
  return {
    model: {...model, restart, recovery: null, finishing: {waiters, number, ...finishing}},
    effects: [...superseded, ...done],
  };
}

/** Clients that wait until `ready` get the verdict when the trial is over. */
export function trialPassed(model: Model, now: number): Step {
  const {finishing} = model;
  if (!finishing) return {model, effects: []};
  const impatient = finishing.waiters.filter(({until}) => until === 'ready');
  const waiters = finishing.waiters.filter(({until}) => until === 'gone');
  const effects = completions({...finishing, waiters: impatient}, now, leftOf(model, finishing));
  return {model: {...model, finishing: {...finishing, waiters}}, effects};
}

/** Ends the restart if its generation is complete and the replaced ones are gone. */
export function completeFinished(model: Model, now: number): Step {
  const {finishing, generations} = model;
  if (!finishing || model.trial || !isComplete(model)) return {model, effects: []};
  const left = leftOf(model, finishing);
  const finishes = ({number, workers}: LivingGeneration) =>
    left.includes(number) && !workers.every(isRefused);
  if (generations.some(finishes)) return {model, effects: []};
  const current = currentOf(model);
  const pids = current ? stayingPids(model, current) : finishing.pids;
  return {model: {...model, finishing: null}, effects: complete({...finishing, pids}, now, left)};
}

/** The replaced generations that are not gone. What is stopped first goes before its successor comes, and some are lost. */
function leftOf({generations}: Model, {replaced}: Pick<Finishing, 'replaced'>): readonly number[] {
  return generations.map(({number}) => number).filter(number => replaced.includes(number));
}

/** The current generation is lost, or does not grow. The clients that wait for the end of its restart must know. */
export function finishingFailed(model: Model, failed: FailedStart): Step {
  const {finishing} = model;
  if (!finishing) return {model, effects: []};
  const waiters = finishing.waiters.map(waiter => ({...waiter, attempts: waiter.attempts + 1}));
  const effects = isRestart(finishing)
    ? failures(waiters, failed)
    : waiters.map(waiter => failure(waiter, failed));
  return {model: {...model, finishing: null}, effects};
}

/** Forgets the client with this token. Its attempts are still made. */
export function forgetWaiter(model: Model, token: string): Model {
  const {restart, following, recovery, finishing} = model;
  const waits = (waiter: Waiter) => waiter.token !== token;
  return {
    ...model,
    restart: restart && withoutWaiter(restart, token),
    following: following && withoutWaiter(following, token),
    recovery: recovery && {...recovery, waiters: recovery.waiters.filter(waits)},
    finishing: finishing && {...finishing, waiters: finishing.waiters.filter(waits)},
  };
}

function withoutWaiter(restart: Restart, token: string): Restart {
  const gone = restart.waiters.find(waiter => waiter.token === token);
  if (!gone) return restart;
  const waiters = restart.waiters.filter(waiter => waiter !== gone);
  if (gone.attemptsLeft === null) {
    const tries = restart.endless ? Math.min(restart.tries, gone.attempts) : gone.attempts;
    return {...restart, waiters, endless: true, tries};
  }
  return {...restart, waiters, owed: Math.max(restart.owed, gone.attemptsLeft)};
}

/** The tokens of the clients that want to hear what happens to this generation. */
export function tokensFor(model: Model, generation: number): readonly string[] {
  const {finishing} = model;
  const isIts = finishing?.generation === generation || finishing?.replaced.includes(generation);
  const own = incomingOf(model)?.number === generation ? (underWay(model)?.waiters ?? []) : [];
  const waiting = [...own, ...(isIts ? finishingWaiters(model) : [])].map(({token}) => token);
  return currentOf(model)?.number === generation ? [...waiting, ...model.scaling] : waiting;
}

function finishingWaiters({finishing}: Model): readonly Waiter[] {
  return finishing?.waiters ?? [];
}

/** With `--rolling`, a generation is ready and serves before it has all its workers. */
function isComplete(model: Model): boolean {
  return model.settings.rolling === null || readyPlaces(model) === model.workers;
}
