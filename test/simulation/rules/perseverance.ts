/** The rules of `--max-attempts`: when ssd gives up, and that it does not do so before. */
import type {Event} from '../../../src/shared/protocol/event.js';
import type {Observed} from '../world/simulation.js';
import {keyOf} from '../world/story.js';
import {demand, type Seen, type World} from './seen.js';
import {isUntold} from './sound-model.js';

/** A generation that was ready for longer is no part of a crash loop. */
const SOON_MS = 10_000;

/** Notes who asks to try without end, and each attempt that fails. */
export function notePerseverance(event: Event, {now, before, model}: Observed, seen: Seen): void {
  if (event.type === 'restart-asked') {
    if (event.by === 'request') seen.isWaitedFor = true;
    // A start that could not begin has failed in the same step.
    else seen.persistsFrom = Math.max(before.last, seen.failedStarts.at(-1) ?? 0);
  }
  if (event.type === 'paused') {
    // After it ssd begins anew.
    seen.persistsFrom = before.last;
    seen.failedRecoveries = [];
  }
  // ssd itself asks for the release that was good, to replace what has failed its trial and serves on.
  const isAsked = model.settings.pinned && model.generations.some(({phase}) => phase === 'ready');
  if (isAsked && event.type === 'trial-ended' && event.passed === false && event.old === null)
    seen.persistsFrom = before.last;
  const isLost =
    event.type === 'lost' &&
    !isSpared(event.generation, {before, model}) &&
    !model.generations.some(({phase}) => phase === 'ready');
  if (isLost && before.restart === null) seen.persistsFrom = before.last;
  if (event.type === 'ready') seen.readyAts.set(event.generation, now);
  const wasReady = event.type === 'lost' && before.generations.some(isCurrent(event.generation));
  if (isLost && wasReady && seen.lastLost !== event.generation) {
    seen.lastLost = event.generation;
    seen.relapses = now - (seen.readyAts.get(event.generation) ?? 0) < SOON_MS ? seen.relapses + 1 : 0;
  }
  if (event.type !== 'start-failed') return;
  seen.failedStarts = [...seen.failedStarts, event.generation];
  const failed = before.generations.find(({number}) => number === event.generation);
  if (failed?.phase === 'starting' && failed.recovers) {
    seen.failedRecoveries = [...seen.failedRecoveries, event.generation];
  }
}

/** Called before other rules take note of a generation that is ready. */
export function checkPerseverance({before, model, effects, now}: Observed, seen: Seen, {alive}: World): void {
  const settled = before.generations.find(({phase}) => phase === 'ready');
  if (settled && now - (seen.readyAts.get(settled.number) ?? now) >= SOON_MS) seen.relapses = 0;
  demand((model.relapses?.count ?? 0) === seen.relapses, 'generations that are lost soon are counted');
  const {maxAttempts} = model.settings;
  const givesUp = effects.some(({type}) => type === 'give-up');
  demand(!givesUp || maxAttempts !== null, 'ssd gives up only where that is asked for');
  if (maxAttempts === null) return;
  const serves = isServed(before) && isServed(model);
  const from = Math.max(seen.persistsFrom, seen.newestReady);
  const tries = seen.failedStarts.filter(generation => generation > from).length;
  const ownTries = seen.failedRecoveries.filter(generation => generation > seen.newestReady).length;
  // Where a release was good, ssd does not give up before that has been tried as often.
  const triesToEnd = seen.pinnedTo === null ? tries : ownTries;
  if (givesUp) {
    // By now they are told to finish.
    const serving = before.generations.filter(({phase}) => phase !== 'starting');
    const left = serving.flatMap(({number: generation, workers}) =>
      workers.filter(one => isUntold(one) && alive.has(keyOf({generation, worker: one.id}))),
    );
    demand(left.length === 0, 'ssd does not give up while somebody serves');
    // A request for another release takes the place of one to try without end.
    demand(triesToEnd >= maxAttempts || seen.isMixed, 'ssd does not give up before its time');
  }
  const hasFailed = effects.some(effect => effect.type === 'publish' && effect.event.type === 'start-failed');
  if (!hasFailed || tries < maxAttempts || seen.isWaitedFor || seen.stopped) return;
  const isAllTried = seen.pinnedTo === null || (ownTries >= maxAttempts && model.restart === null);
  if (!isServed(before) && isAllTried) demand(givesUp, 'ssd gives up when it has tried often enough');
  const hasCurrent = model.generations.some(({phase}) => phase === 'ready');
  if (serves && hasCurrent) demand(model.restart === null, 'a restart fails when it was tried often enough');
}

function isCurrent(generation: number) {
  return ({number, phase}: Observed['model']['generations'][number]) =>
    number === generation && phase === 'ready';
}

function isServed({generations}: Observed['model']): boolean {
  return generations.some(({phase, workers}) => phase !== 'starting' && workers.some(isUntold));
}

/** The generation goes on, or the one before it is back, though the same step may tell it to make room. */
function isSpared(generation: number, {before, model}: Pick<Observed, 'before' | 'model'>): boolean {
  const isBack = before.trial?.generation === generation && before.trial.old !== null;
  return isBack || model.restart?.stopped.includes(generation) === true;
}
