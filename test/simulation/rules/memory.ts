/** The rules of `--max-memory`: who is replaced, one at a time, and told only when the successor at its place is ready. */
import type {LivingGeneration} from '../../../src/daemon/core/generation-state.js';
import type {Model} from '../../../src/daemon/core/model.js';
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Worker} from '../../../src/daemon/core/worker/worker-state.js';
import type {Event} from '../../../src/shared/protocol/event.js';
import type {Observed} from '../world/simulation.js';
import {demand, type Seen} from './seen.js';
import {isReady, isUntold} from './sound-model.js';

/** Called before the signals of a step are looked at. */
export function noteReplacement(observed: Observed, seen: Seen): void {
  for (const effect of observed.effects)
    if (effect.type === 'publish' && effect.event.type === 'too-heavy') begin(effect.event, observed, seen);
}

function begin(
  {generation, pid}: Extract<Event, {type: 'too-heavy'}>,
  {event, model, effects}: Observed,
  seen: Seen,
): void {
  const limit = model.settings.maxMemory;
  demand(
    event.type === 'heavy' && limit !== null && event.bytes > limit,
    'who is replaced is above the limit',
  );
  demand(seen.replacing === null, 'one worker is replaced at a time');
  const current = model.generations.find(({phase}) => phase === 'ready');
  demand(current?.number === generation, 'only who is current is replaced');
  demand(
    model.trial === null && model.restart === null,
    'no worker is replaced while something else goes on',
  );
  const heavy = current.workers.find(worker => worker.phase === 'ready' && worker.pid === pid);
  demand(heavy !== undefined && heavy.id === event.worker, 'who is replaced was measured');
  const [spawn, another] = effects.filter(effect => effect.type === 'spawn');
  demand(spawn?.generation === generation && another === undefined, 'one successor is ordered');
  const [place] = spawn.places;
  demand(
    spawn.places.length === 1 && place?.index === heavy.index,
    'the successor has the place of who is replaced',
  );
  const others = current.workers.filter(({id}) => id !== place.id);
  const untold = others.filter(isUntold);
  demand(
    untold.length === model.workers && untold.every(isReady),
    'no worker is replaced while one is missing',
  );
  const there = others.filter(({index}) => index === heavy.index);
  demand(there.length === 1, 'no worker is replaced while the one before it at its place finishes');
  demand(model.wanted.state === 'running', 'nothing is replaced once ssd is to stop');
  seen.replacing = {generation, heavy: heavy.id, successor: place.id};
}

/** Called when the signals of a step have been looked at. */
export function checkReplacement({event, before, model, effects}: Observed, seen: Seen): void {
  const {replacing} = seen;
  if (replacing) {
    const generation = serving(model, replacing.generation);
    const [heavy, successor] = [replacing.heavy, replacing.successor].map(id => untoldIn(generation, id));
    if (!heavy || !successor) seen.replacing = null;
    const isOverdue = generation?.phase === 'ready' && heavy && successor && isReady(successor);
    demand(!isOverdue, 'who is replaced is told when the successor is ready');
    const isLost = event.type === 'leader-ended' || event.type === 'exited';
    if (generation?.phase === 'ready' && !isLost && isToldAlone(replacing, effects)) {
      const lost = readyIndexes(before, replacing.generation).filter(
        index => index < model.workers && !readyIndexes(model, replacing.generation).includes(index),
      );
      demand(lost.length === 0, 'no ready worker is missing because of a replacement');
    }
  }
  demand((model.replacement === null) === (seen.replacing === null), 'a replacement goes on while both live');
}

/** Whether this worker is told because its successor is ready. */
export function isReplaced(
  {generation, worker}: Extract<Effect, {type: 'signal'}>,
  model: Model,
  {replacing}: Seen,
): boolean {
  if (replacing?.generation !== generation || replacing.heavy !== worker) return false;
  const successor = untoldIn(serving(model, generation), replacing.successor);
  return successor !== undefined && isReady(successor);
}

function isToldAlone(
  {generation, heavy}: NonNullable<Seen['replacing']>,
  effects: readonly Effect[],
): boolean {
  const signals = effects.filter(effect => effect.type === 'signal');
  return signals.length === 1 && signals[0]?.generation === generation && signals[0].worker === heavy;
}

function serving({generations}: Model, number: number): LivingGeneration | undefined {
  return generations.find(one => one.number === number && (one.phase === 'ready' || one.phase === 'held'));
}

function untoldIn(generation: LivingGeneration | undefined, id: number): Worker | undefined {
  return generation?.workers.find(worker => worker.id === id && isUntold(worker));
}

function readyIndexes(model: Model, number: number): readonly number[] {
  return (serving(model, number)?.workers ?? []).filter(isReady).map(({index}) => index);
}
