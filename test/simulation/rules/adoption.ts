/** The rules of adoption: what an ssd that was killed has left serves on until a new generation is ready. */
import type {Adopted, AdoptedGeneration} from '../../../src/daemon/core/adoption/adopted.js';
import type {Observed, Simulation} from '../world/simulation.js';
import {type Address, keyOf} from '../world/story.js';
import {createSeen, demand, type Seen} from './seen.js';

/** Another ssd begins. It knows what was written down, and its clients are others. */
export function beginAnew(seen: Seen, adopted: Adopted | null, {now, model}: Simulation): void {
  const {scaledTo} = seen;
  Object.assign(seen, createSeen(seen.isCareful));
  if (adopted === null) return;
  const {last, good, former, generations} = adopted;
  const current = currentIn(adopted);
  seen.adopted = adopted;
  seen.scaledTo = scaledTo;
  seen.persistsFrom = last;
  seen.overlaps = generations.length > 1;
  seen.goesOn = true;
  if (current) seen.readyAts.set(current.number, now);
  for (const {pid, phase} of current?.workers ?? []) if (phase === 'starting') seen.givenUp.add(pid);
  for (const {number, phase, workers} of generations) {
    if (current && number > current.number) seen.superseded.add(number);
    const told = workers.filter(worker => worker.phase === 'retiring');
    for (const {id: worker} of told) seen.told.set(keyOf({generation: number, worker}), now);
    const isDelayed = phase === 'retiring' && told.length === 0;
    if (isDelayed) seen.delays.set(number, now + model.tunables.killOldDelayMs);
  }
  if (!model.settings.pinned) return;
  for (const one of [former, good]) if (one) seen.releases.set(one.generation, one.release);
  for (const {number, release} of generations) if (release !== null) seen.releases.set(number, release);
  seen.pinnedTo = good?.release ?? null;
  seen.pinnedBefore = former?.release ?? null;
  seen.isAdrift = current !== undefined && current.release !== seen.pinnedTo;
}

/** Called before the other rules look at the effects of a step. */
export function checkAdoption({event, model, effects}: Observed, seen: Seen): void {
  const {adopted} = seen;
  if (event.type === 'adopt') checkAdopted({model, effects}, event.adopted);
  if (!adopted) return;
  for (const effect of effects) {
    if (effect.type !== 'spawn') continue;
    const isOld = adopted.generations.some(({number}) => number === effect.generation);
    const isFailing = model.settings.pinned && typeof model.restart?.failingSince === 'number';
    demand(
      !isOld || model.restart === null || isFailing,
      'nothing is added to what was taken over while a new one is to come',
    );
  }
}

function checkAdopted({model, effects}: Pick<Observed, 'model' | 'effects'>, adopted: Adopted | null): void {
  if (adopted === null) return;
  const current = currentIn(adopted);
  const found = model.generations.find(({phase}) => phase === 'ready');
  const isVacated = model.settings.order === 'stop-first';
  if (!isVacated) {
    demand(found?.number === current?.number, 'what was good and served is current');
    demand(
      effects.some(({type}) => type === 'spawn'),
      'a new generation is to replace what was taken over',
    );
  }
  for (const {number: generation, workers} of adopted.generations) {
    for (const {id: worker, phase} of workers) {
      const isTold = effects.some(
        effect => effect.type === 'signal' && keyOf(effect) === keyOf({generation, worker}),
      );
      const isCurrent = generation === current?.number && phase === 'ready';
      if (phase === 'retiring' && !isVacated) demand(!isTold, 'who was told is not told again');
      if (isCurrent && !isVacated)
        demand(
          !isTold || wasRelieved(adopted, {generation, worker}),
          'what serves is not told before its successor is ready',
        );
    }
  }
}

/** Whether its successor at its place was ready, after which it had to be told (`--max-memory`). */
export function wasRelieved({generations}: Adopted, {generation, worker}: Address): boolean {
  const workers = generations.find(({number}) => number === generation)?.workers ?? [];
  const place = workers.find(({id}) => id === worker)?.index;
  return workers.some(one => one.phase === 'ready' && one.index === place && one.id > worker);
}

function currentIn({generations}: Adopted): AdoptedGeneration | undefined {
  const held = generations.find(({phase}) => phase === 'held');
  const found = held ?? generations.find(({phase}) => phase === 'ready');
  return found?.workers.some(({phase}) => phase === 'ready') ? found : undefined;
}
