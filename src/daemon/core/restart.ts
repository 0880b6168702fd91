/**
 * Restarts: who asked, how many attempts each may still cost, and how each learns the verdict.
 *
 *     asked ─▶ restart ──(generation ready)──▶ finishing ──(replaced ones gone)──▶ completed
 *                │  ▲
 *      (failed)  │  │ attempts left, or endless: again at `notBefore`
 *                └──┘ none left: failed          └─(a later generation is ready)─▶ superseded
 *
 * Asked while a generation is incoming: `following`, one for all who ask. A failed attempt merges it into the
 * running restart, for the next attempt is younger than either request; so a restart that SIGHUP repeats for
 * ever never keeps another from its verdict.
 */
import type {FailedStart, Verdict} from '../../shared/protocol.js';
import {pidsOf} from './generation.js';
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
  const effects = charged
    .filter(({attemptsLeft}) => attemptsLeft === 0)
    .map(waiter => failure(waiter, failed));
  return {model: {...model, restart: again, following: null}, effects};
}

/**
 * The attempt has succeeded: who asked for no more than that has the verdict, for the others the restart only waits
 * for those it replaced. Restarts that waited for that themselves are superseded: what they brought up serves no more.
 */
export function attemptSucceeded(model: Model, finishing: Omit<Finishing, 'waiters'>): Outcome {
  const {generation: by, readyAt} = finishing;
  const waiters = model.restart?.waiters ?? [];
  const [impatient, patient] = [true, false].map(ready =>
    waiters.filter(({until}) => (until === 'ready') === ready),
  );
  const superseded = model.finishing.flatMap(({generation, waiters: others}) =>
    others.map(({token, attempts}) =>
      answer(token, {verdict: 'superseded', generation, by, attempts: attempts + 1}),
    ),
  );
  const done = completions({...finishing, waiters: impatient ?? []}, readyAt, finishing.replaced);
  return {
    model: {...model, restart: null, finishing: [{...finishing, waiters: patient ?? []}]},
    effects: [...superseded, ...done],
  };
}

/** Ends the restarts whose generation is all there, and what it replaced all gone. */
export function completeFinished(model: Model, now: number): Outcome {
  const living = new Set(model.generations.map(generation => generation.number));
  const isDone = (finishing: Finishing) =>
    finishing.replaced.every(number => !living.has(number)) && isComplete(model, finishing.generation);
  const current = currentOf(model);
  const effects = model.finishing.filter(isDone).flatMap(finishing => {
    const pids = current?.number === finishing.generation ? pidsOf(current) : finishing.pids;
    return complete({...finishing, pids}, now);
  });
  return {model: {...model, finishing: model.finishing.filter(finishing => !isDone(finishing))}, effects};
}

/** The generation of a restart that had only to finish is lost, or does not grow: its waiters must know. */
export function finishingFailed(model: Model, failed: FailedStart): Outcome {
  const isIt = ({generation}: Finishing) => generation === failed.generation;
  const waiters = model.finishing.filter(isIt).flatMap(finishing => finishing.waiters);
  return {
    model: {...model, finishing: model.finishing.filter(finishing => !isIt(finishing))},
    effects: waiters.map(waiter => failure({...waiter, attempts: waiter.attempts + 1}, failed)),
  };
}

/** Ends the restarts that have no ready generation yet. */
export function cancelStarting(model: Model): Outcome {
  const waiters = [model.restart, model.following].flatMap(restart => restart?.waiters ?? []);
  const effects = waiters.map(({token}) => answer(token, {verdict: 'cancelled', reason: 'cancel'}));
  return {model: {...model, restart: null, following: null}, effects};
}

/** Ends every restart because ssd is to stop. */
export function cancelAll(model: Model): Outcome {
  const all = [model.restart, model.following, ...model.finishing].flatMap(restart => restart?.waiters ?? []);
  const tokens = [...all.map(({token}) => token), ...model.scaling];
  const effects = tokens.map(token => answer(token, {verdict: 'cancelled', reason: 'stopping'}));
  return {model: {...model, restart: null, following: null, finishing: [], scaling: []}, effects};
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

/** With `--rolling` a generation is ready, and serves, before it has all its workers. */
function isComplete(model: Model, generation: number): boolean {
  const current = currentOf(model);
  if (model.settings.rolling === null || current?.number !== generation) return true;
  return current.workers.filter(({phase}) => phase === 'ready').length >= model.workers;
}

function complete(finishing: Finishing, now: number): Effect[] {
  const {generation, replaced, waiters} = finishing;
  const answers = completions(finishing, now, []);
  if (replaced.length === 0) return answers;
  const tokens = waiters.map(waiter => waiter.token);
  return [{type: 'publish', happening: {type: 'restarted', generation, replaced}, tokens}, ...answers];
}

function completions(finishing: Finishing, now: number, retiring: readonly number[]): Effect[] {
  const {generation, pids, replaced, readyAt, waiters} = finishing;
  return waiters.map(({token, attempts, askedAt}) =>
    answer(token, {
      verdict: 'completed',
      generation,
      pids,
      replaced,
      retiring,
      attempts: attempts + 1,
      readyMs: readyAt - askedAt,
      tookMs: now - askedAt,
    }),
  );
}

function failure({token, attempts}: Waiter, {attempt: _, ...details}: FailedStart): Effect {
  return answer(token, {verdict: 'failed', attempts, ...details});
}

function answer(token: string, verdict: Verdict): Effect {
  return {type: 'answer', token, answer: verdict};
}
