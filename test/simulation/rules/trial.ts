/** The rules of `--bake`: the old generation is left alone, and comes back if the new one fails its trial. */
import type {Model} from '../../../src/daemon/core/model.js';
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Event} from '../../../src/shared/protocol/event.js';
import type {Observed} from '../world/simulation.js';
import {demand, type Seen} from './seen.js';
import {isUntold} from './sound-model.js';

/** Called after the other rules have looked at the events of a step. */
export function checkTrial(observed: Observed, seen: Seen): void {
  const {event, effects, model, before} = observed;
  const held = model.generations.filter(({phase}) => phase === 'held').map(({number}) => number);
  if (event.type === 'checked' && seen.checking === `${event.generation}/${event.run}`) {
    seen.checking = null;
    seen.failedChecks = event.failure ? seen.failedChecks + 1 : 0;
    seen.checks++;
  }
  const isChecking = seen.checking !== null;
  for (const effect of effects) {
    if (effect.type === 'publish') noteNews(effect.event, observed, {seen, isChecking});
    if (effect.type === 'check') noteCheck(effect, observed, seen);
    if (effect.type === 'end-check') seen.checking = null;
    if (effect.type === 'spawn' && model.trial && effect.generation === model.trial.generation) {
      demand(effect.places[0]?.id === 0, 'a generation on trial does not grow');
    }
    if (effect.type === 'answer') checkAnswerInTrial(effect, model);
    if (effect.type === 'signal' || effect.type === 'kill') {
      // A worker that was not ready in time is told, whatever becomes of its generation.
      const isGivenUp = seen.givenUp.has(effect.pid);
      const isLeft = isGivenUp || isLeaving(before, effect) || event.type === 'leader-ended';
      const isHeld = held.includes(effect.generation);
      demand(
        seen.stopped || isLeft || !isHeld,
        'the old generation is left alone while its successor is on trial',
      );
    }
  }
  if (seen.stopped) seen.trial = null;
  demand((model.trial?.generation ?? null) === (seen.trial?.generation ?? null), 'a trial is told of');
  demand(
    held.length <= 1 && held.every(number => number === model.trial?.old),
    'only a trial holds a generation',
  );
  const isLost = seen.trial !== null && held.length === 0;
  if (seen.trial && isLost) seen.trial = {...seen.trial, old: null};
  demand((model.trial?.old ?? null) === (seen.trial?.old ?? null), 'who would come back is known');
  demand(seen.trial !== null || seen.checking === null, 'no check outlives its trial');
}

type Known = {readonly seen: Seen; readonly isChecking: boolean};

/** @param known `isChecking`: a check ran before the step has ended it */
function noteNews(event: Event, observed: Observed, {seen, isChecking}: Known): void {
  const {now} = observed;
  if (event.type === 'trial-began') {
    const {generation, old, forMs} = event;
    seen.trial = {generation, old, until: now + forMs};
    seen.failedChecks = 0;
    seen.checks = 0;
    seen.nextCheckAt = now;
  }
  if (event.type === 'lost' && observed.before.trial?.generation === event.generation)
    demand(observed.model.trial?.generation !== event.generation, 'a lost worker ends the trial');
  if (event.type !== 'trial-ended') return;
  demand(seen.trial?.generation === event.generation, 'only a trial ends');
  if (event.passed === true) checkPassed(observed, {seen, isChecking});
  if (event.passed === false) checkFailed(event, observed, seen);
  seen.trial = null;
}

function checkPassed({event, now, model}: Observed, {seen, isChecking}: Known): void {
  const {trial} = seen;
  if (!trial) return;
  const isChecked = !model.settings.check || (!isChecking && seen.failedChecks === 0 && seen.checks > 0);
  const isOver = now >= trial.until && isChecked;
  demand(event.type === 'accept' || isOver, 'a trial lasts its time, and its last check succeeds');
  if (trial.old !== null) seen.delays.set(trial.old, now + model.tunables.killOldDelayMs);
}

function checkFailed(
  {generation, old}: Extract<Event, {type: 'trial-ended'}>,
  {event, model, effects}: Observed,
  seen: Seen,
): void {
  const isLoss = effects.some(
    effect =>
      effect.type === 'publish' && effect.event.type === 'lost' && effect.event.generation === generation,
  );
  const most = model.settings.check?.failures ?? 0;
  const isCause =
    event.type === 'reject' || (event.type === 'checked' && seen.failedChecks >= most) || isLoss;
  demand(isCause, 'a trial fails for a reason');
  if (old === null) return;
  const current = model.generations.find(({phase}) => phase === 'ready');
  // The same step may tell it to make room for the next.
  const isBack = current?.number === old || model.restart?.stopped.includes(old) === true;
  demand(isBack, 'the old generation is current again');
  const left = model.generations.find(({number}) => number === generation)?.workers ?? [];
  demand(!left.some(isUntold), 'what has failed its trial is told to finish');
}

function noteCheck(
  {generation, run}: Extract<Effect, {type: 'check'}>,
  {now, model}: Observed,
  seen: Seen,
): void {
  demand(seen.trial?.generation === generation, 'only what is on trial is checked');
  demand(seen.checking === null, 'one check runs at a time');
  demand(now >= seen.nextCheckAt, 'a check has its time');
  seen.nextCheckAt = now + (model.settings.check?.everyMs ?? 0);
  seen.checking = `${generation}/${run}`;
}

/** Who waits for a restart hears of success when the trial is over. */
function checkAnswerInTrial({answer}: Extract<Effect, {type: 'answer'}>, {trial}: Model): void {
  if (!('verdict' in answer) || !('generation' in answer) || answer.verdict !== 'completed') return;
  demand(answer.generation !== trial?.generation, 'no success is told of before the trial is over');
}

/** Whether it was told before. One that is pending gets its signal when it runs. */
function isLeaving(
  {generations}: Model,
  {generation, worker}: {generation: number; worker: number},
): boolean {
  const {workers} = generations.find(({number}) => number === generation) ?? {workers: []};
  const phase = workers.find(({id}) => id === worker)?.phase;
  return phase === 'retiring' || phase === 'lingering' || phase === 'pending';
}
