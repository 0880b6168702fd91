/**
 * Takes over the generations of an ssd that was killed while its workers served on.
 *
 * The one that was current is current until the first generation of this ssd is ready, which starts at once: the program and
 * the options may have changed. Then it is told to finish like any other. If the new one fails, it goes on serving.
 *
 *  - A generation on trial was not proven yet. The one that was held beside it is current, and the other one finishes.
 *  - Nobody can tell any more whether a generation that was starting is ready. It serves only while no other one does.
 *    The same is true of a worker in the current one, which is told to finish.
 *  - Its empty places are not filled while a new generation is to come, which has a worker for each place.
 */
import {ownRestart} from '../ask.js';
import {feed} from '../feed.js';
import type {LivingGeneration} from '../generation-state.js';
import {farewellOf, graceOf, type Model} from '../model.js';
import {publish, type Turn, update} from '../turn.js';
import type {Input} from '../types.js';
import {
  type Farewell,
  farewellBy,
  type LivingWorker,
  ONLY_TERM,
  type Worker,
} from '../worker/worker-state.js';
import type {Adopted, AdoptedGeneration, AdoptedWorker} from './adopted.js';

/** Comes instead of `boot`. What was left out is only told. */
export function takeAdopted(turn: Turn, {adopted, leftOut, now}: Extract<Input, {type: 'adopt'}>): void {
  for (const one of leftOut) publish(turn, {type: 'not-adopted', ...one}, []);
  if (adopted === null) return;
  const current = currentIn(adopted);
  const generations = adopted.generations.map(one => revive(turn.model, one, {current, now}));
  const {last, good, former} = adopted;
  const {pinned} = turn.model.settings;
  update(turn, {
    last,
    workers: adopted.workers ?? turn.model.workers,
    // A program that cannot be executed now is no reason to end what serves.
    everRan: true,
    generations,
    good: pinned ? good : null,
    former: pinned ? former : null,
  });
  for (const {number: generation, workers, release} of adopted.generations) {
    const named = release === null ? {} : {release};
    publish(turn, {type: 'adopted', generation, pids: workers.map(({pid}) => pid), ...named}, []);
  }
  const workers = adopted.generations.find(({number}) => number === current)?.workers ?? [];
  const unproven = workers.filter(({phase}) => phase === 'starting');
  const relieved = workers.filter(one => isRelieved(one, workers));
  tell(turn, current, {workers: unproven, now, ...farewellBy(ONLY_TERM, graceOf(turn.model))});
  tell(turn, current, {workers: relieved, now, ...farewellOf(turn.model)});
  const {bakeMs} = turn.model.settings;
  update(turn, {restart: {...ownRestart(turn.model), bakeMs, endless: true}});
}

type Told = Farewell & {readonly workers: readonly AdoptedWorker[]; readonly now: number};

function tell(turn: Turn, generation: number | null, {workers, ...how}: Told): void {
  const ids = workers.map(({id}) => id);
  if (generation !== null && ids.length > 0) feed(turn, generation, {type: 'tell', ids, ...how});
}

/** Whether it was replaced because of its memory: its successor at its place is ready, and it had yet to be told. */
function isRelieved({phase, id, index}: AdoptedWorker, workers: readonly AdoptedWorker[]): boolean {
  return (
    phase === 'ready' && workers.some(one => one.phase === 'ready' && one.index === index && one.id > id)
  );
}

/** The number of the generation that is current from now on, or null. */
function currentIn({generations}: Adopted): number | null {
  const held = generations.find(({phase}) => phase === 'held');
  const found = held ?? generations.find(({phase}) => phase === 'ready');
  return found?.workers.some(({phase}) => phase === 'ready') ? found.number : null;
}

type At = {readonly current: number | null; readonly now: number};

function revive(model: Model, generation: AdoptedGeneration, {current, now}: At): LivingGeneration {
  const {number, release, workers} = generation;
  const {intervalMs, readiness} = model.settings;
  const ages = workers.map(({ageMs}) => ageMs);
  const part = {
    number,
    workers: workers.map(worker => reviveWorker(model, number, worker, now)),
    startedAt: now - Math.max(...ages),
    probation: {intervalMs, readiness, graceMs: graceOf(model)},
    nextId: Math.max(...workers.map(({id}) => id)) + 1,
    release: model.settings.pinned ? release : null,
    lossesAt: {},
    adopted: true,
  };
  if (number === current) return {phase: 'ready', readyAt: now, ...part};
  return {phase: 'retiring', tellAt: tellAt(model, generation, now), loss: null, ...part};
}

/** kill-old-delay begins again for a generation whose delay had not passed. */
function tellAt({tunables}: Model, {phase, workers}: AdoptedGeneration, now: number): number | null {
  const isDelayed = phase === 'retiring' && workers.every(worker => worker.phase !== 'retiring');
  return isDelayed && tunables.killOldDelayMs > 0 ? now + tunables.killOldDelayMs : null;
}

/** Who was told to finish has its first signal. What is to follow counts from now. */
function reviveWorker(model: Model, generation: number, worker: AdoptedWorker, now: number): Worker {
  const {id, index, pid, ageMs, phase} = worker;
  const living: LivingWorker = {
    generation,
    id,
    index,
    restarts: 0,
    pid,
    spawnedAt: now - ageMs,
    note: {text: null, stopping: false},
    graceMs: graceOf(model),
  };
  if (phase === 'starting') return {phase, due: 'too-late', dueAt: null, ...living};
  if (phase === 'ready') return {phase, readyAt: now, ...living};
  const {signalOnHup, stopTimeoutMs} = model.settings;
  const {signal, further, killAfterMs} = farewellBy(signalOnHup, stopTimeoutMs);
  const steps = further.map(step => ({at: now + step.afterMs, signal: step.signal}));
  const killAt = killAfterMs === null ? null : now + killAfterMs;
  return {phase, toldAt: now, killAt, killed: false, steps, signal, refused: false, ...living};
}
