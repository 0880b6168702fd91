/** What must hold after every step of the core, whatever happens. */
import {isDeepStrictEqual} from 'node:util';
import type {Model} from '../../src/daemon/core/model.js';
import type {Effect} from '../../src/daemon/core/types.js';
import type {Worker} from '../../src/daemon/core/worker-state.js';
import type {Happening} from '../../src/shared/happening.js';
import type {Observed, Simulation} from './simulation.js';
import {type Address, keyOf} from './story.js';

/** What has been seen so far, apart from what the model says of itself. */
export type Seen = {
  readonly answers: Map<string, number>;
  lastSpawnAt: number;
  /** No spawn before this moment. */
  pauseUntil: number;
  newestReady: number;
  /** The generations that failed to start, were lost or given up. */
  readonly failed: Set<number>;
  /** The pids of those that were not ready in time. */
  readonly givenUp: Set<number>;
  readonly told: Set<string>;
  stopped: boolean;
};

export function createSeen(): Seen {
  return {
    answers: new Map(),
    lastSpawnAt: Number.NEGATIVE_INFINITY,
    pauseUntil: Number.NEGATIVE_INFINITY,
    newestReady: 0,
    failed: new Set(),
    givenUp: new Set(),
    told: new Set(),
    stopped: false,
  };
}

export function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken: ${rule}`);
}

export function checkModel({now, before, event, model}: Observed): void {
  const phases = model.generations.map(generation => generation.phase);
  demand(phases.filter(phase => phase === 'starting').length <= 1, 'at most one generation is incoming');
  demand(phases.filter(phase => phase === 'ready').length <= 1, 'at most one generation is current');
  for (const {phase, workers} of model.generations) {
    demand(workers.length > 0, 'a generation without workers is gone');
    demand(phase !== 'ready' || workers.some(isReady), 'the current generation serves');
    demand(isUnique(workers.map(({id}) => id)), 'an id is given once');
    const places = workers.filter(isUntold).map(({index}) => index);
    demand(isUnique(places), 'a place has one worker');
  }
  demand(isDeepStrictEqual(JSON.parse(JSON.stringify(model)), model), 'the model survives JSON');
  demand(model.timerAt === null || moments(model).includes(model.timerAt), 'only the living set the timer');
  const isDue = event.type === 'deadline' && before.timerAt !== null && now >= before.timerAt;
  const same = isDeepStrictEqual({...before, timerAt: null}, {...model, timerAt: null});
  demand(!isDue || !same, 'a deadline that has come is consumed');
}

/** Every moment that a living worker, a delay, a pause or an automatic restart may wait for. */
function moments(model: Model): readonly number[] {
  const {tunables, wanted, restart, notBefore} = model;
  const waits = model.generations.flatMap(generation => [
    ...generation.workers.flatMap(worker => {
      if (worker.phase === 'starting') return [worker.dueAt];
      return worker.phase === 'retiring' ? [worker.killAt] : [];
    }),
    generation.phase === 'retiring' ? generation.tellAt : null,
    ...(generation.phase === 'ready' && tunables.autoRestartMs !== null
      ? [generation.readyAt + tunables.autoRestartMs, generation.readyAt + 2 * tunables.autoRestartMs]
      : []),
  ]);
  const pauses = wanted.state === 'running' ? [notBefore, restart?.notBefore ?? null] : [];
  return [...waits, ...pauses].filter(at => at !== null);
}

/** What the step said of itself comes first: the order of effects within one step is not looked at. */
export function checkEffects(observed: Observed, seen: Seen, simulation: Simulation): void {
  if (observed.event.type === 'spawned') seen.lastSpawnAt = observed.now;
  for (const effect of observed.effects) note(effect, observed, seen);
  for (const effect of observed.effects) {
    if (effect.type === 'spawn') checkSpawn(effect, observed, seen);
    if (effect.type === 'signal' || effect.type === 'kill' || effect.type === 'forward-signal') {
      demand(simulation.alive.get(keyOf(effect))?.pid === effect.pid, 'only the living are signalled');
    }
    if (effect.type === 'signal') checkSignal(effect, observed, seen);
    if (effect.type === 'kill') {
      const {generation} = effect;
      const isOver = seen.stopped || seen.failed.has(generation) || generation < seen.newestReady;
      demand(isOver || seen.told.has(keyOf(effect)), 'no worker is killed that may serve on');
    }
  }
}

function note(effect: Effect, {model}: Observed, seen: Seen): void {
  if (effect.type === 'answer') countAnswer(seen, effect.token);
  if (effect.type === 'stopped') for (const token of effect.tokens) countAnswer(seen, token);
  if (effect.type === 'signal') seen.told.add(keyOf(effect));
  if (effect.type === 'refuse-start') {
    demand(!seen.stopped, 'a start is refused once, and only while it is wanted');
    seen.stopped = true;
  }
  if (effect.type === 'publish') noteNews(effect.happening, model, seen);
}

function noteNews(happening: Happening, model: Model, seen: Seen): void {
  const {type} = happening;
  if (type === 'ready') seen.newestReady = happening.generation;
  if (type === 'cancel-asked' && happening.generation !== null) seen.failed.add(happening.generation);
  if (type !== 'start-failed' && type !== 'lost') return;
  const {generation, pid, ending} = happening;
  const isLost = !model.generations.some(({number, phase}) => number === generation && phase === 'ready');
  if (isLost) seen.failed.add(generation);
  if (pid !== null && ending.type === 'not-ready') seen.givenUp.add(pid);
  seen.pauseUntil = seen.lastSpawnAt + Math.max(100, model.settings.intervalMs);
}

function checkSpawn(
  {generation, places}: Extract<Effect, {type: 'spawn'}>,
  {now, model}: Observed,
  seen: Seen,
): void {
  demand(!seen.stopped, 'nothing is spawned once ssd is to stop');
  demand(now >= seen.pauseUntil, 'no spawn during the pause after a failed start or a loss');
  seen.lastSpawnAt = now;
  const {rolling} = model.settings;
  if (rolling === null || places[0]?.id === 0) return;
  const living = model.generations.flatMap(({workers}) => workers).length;
  const serving = model.generations
    .filter(({phase}) => phase !== 'starting')
    .flatMap(({workers}) => workers.filter(isUntold)).length;
  const isRoom = living <= model.workers + rolling || serving <= model.workers;
  demand(isRoom, `generation ${generation} grows by no more than is replaced at a time`);
}

function checkSignal(effect: Extract<Effect, {type: 'signal'}>, {before, model}: Observed, seen: Seen): void {
  const {generation, signal, pid} = effect;
  if (seen.stopped) return;
  demand(signal !== model.settings.signalOnTerm, 'signal-on-term is for a stop');
  if (signal === 'TERM') {
    const isReplaced = generation < seen.newestReady && find(before, effect)?.phase === 'starting';
    const isFailed = seen.failed.has(generation) || seen.givenUp.has(pid);
    demand(isFailed || isReplaced, 'TERM is for what has failed');
    return;
  }
  const worker = find(before, effect);
  // It was told when a successor served, and only gets the signal now.
  if (worker?.phase === 'pending') return;
  const current = model.generations.find(({phase}) => phase === 'ready');
  demand(current !== undefined, 'nobody is told to finish while nothing else serves');
  const isSurplus = generation === current.number && (worker?.index ?? 0) >= model.workers;
  demand(generation < current.number || isSurplus, 'no signal before a successor is ready');
  if (!isSurplus && model.settings.rolling === null) return;
  if (worker?.phase !== 'ready') return;
  const ready = model.generations.flatMap(({workers}) => workers.filter(isReady)).length;
  demand(ready >= model.workers, 'as many as are wanted stay ready');
}

function find(model: Model, {generation, worker}: Address): Worker | undefined {
  const found = model.generations.find(({number}) => number === generation);
  return found?.workers.find(({id}) => id === worker);
}

function countAnswer(seen: Seen, token: string): void {
  const answers = seen.answers.get(token);
  demand(answers !== undefined, 'only those who asked are answered');
  demand(answers === 0, 'nobody is answered twice');
  seen.answers.set(token, 1);
}

function isReady({phase}: Worker): boolean {
  return phase === 'ready';
}

function isUntold(worker: Worker): boolean {
  return worker.phase === 'pending' ? worker.farewell === null : worker.phase !== 'retiring';
}

function isUnique(values: readonly number[]): boolean {
  return new Set(values).size === values.length;
}
