/** The rules of times in which nothing runs, on purpose: a pause ends, and what must not overlap does not. */
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Observed} from '../world/simulation.js';
import {keyOf} from '../world/story.js';
import {demand, type Seen, type World} from './seen.js';
import {isReady} from './sound-model.js';

/** Called before the other rules look at the effects of a step. */
export function checkVacancy({now, event, before, model, effects}: Observed, seen: Seen): void {
  if (event.type === 'restart' && event.order === 'overlap') seen.overlaps = true;
  // It is waited for no more, though a later signal may reach it.
  if (event.type === 'signal-refused') seen.refusing.add(keyOf(event));
  if (event.type === 'pause' && !seen.stopped) seen.pausedUntil = now + event.maxMs;
  const isRefused = event.type === 'restart' && event.release.type === 'former';
  if (event.type === 'resume' || (event.type === 'restart' && !isRefused)) seen.pausedUntil = now;
  demand(model.paused === null || now < seen.pausedUntil, 'a pause ends');
  demand(model.paused === null || !seen.stopped, 'a stop ends a pause');
  if (event.type === 'looked') seen.canStart = event.failure === null;
  for (const effect of effects) {
    if (effect.type === 'publish' && effect.event.type === 'making-room') {
      const {generations} = effect.event;
      const isServing = before.generations.some(
        ({number, phase, workers}) =>
          generations.includes(number) && phase !== 'starting' && workers.some(isReady),
      );
      demand(seen.canStart || !isServing, 'room is made for what can start');
    }
    if (effect.type === 'spawn' && effect.places[0]?.id === 0) seen.canStart = false;
    if (effect.type === 'spawn') demand(model.paused === null, 'nothing is spawned during a pause');
    if (effect.type === 'publish' && effect.event.type === 'resumed')
      demand(before.paused !== null, 'only a pause is ended');
  }
  if (model.settings.order === 'overlap' || seen.overlaps) return;
  const obeying = model.generations.filter(({number: generation, workers}) =>
    workers.some(({id: worker}) => !seen.refusing.has(keyOf({generation, worker}))),
  );
  demand(obeying.length <= 1, 'never two generations live where the old one is stopped first');
}

/** Whether a generation is told to finish though nothing takes its place: for a pause, or to make room. */
export function isVacated(
  {generation}: Extract<Effect, {type: 'signal'}>,
  {event, model}: Observed,
): boolean {
  const {restart, recovery} = model;
  if (event.type === 'pause') return true;
  return (
    recovery?.stopFirst === true || (restart?.stopFirst === true && restart.stopped.includes(generation))
  );
}

/** The pause has begun: no worker is left that can be told to finish. */
export function checkPaused({alive}: World): void {
  const left = [...alive.values()].filter(({refused}) => refused === null);
  demand(left.length === 0, 'a pause is told when no worker is left');
}
