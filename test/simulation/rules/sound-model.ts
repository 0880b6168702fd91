/** The rules for the model after every step of the core. */
import {isDeepStrictEqual} from 'node:util';
import type {LivingGeneration} from '../../../src/daemon/core/generation-state.js';
import type {Model} from '../../../src/daemon/core/model.js';
import type {Worker} from '../../../src/daemon/core/worker/worker-state.js';
import type {Observed} from '../world/simulation.js';
import {demand, type World} from './seen.js';

export function checkModel({now, before, event, model}: Observed): void {
  const {generations} = model;
  const count = (phase: string) => generations.filter(generation => generation.phase === phase).length;
  demand(count('starting') <= 1, 'at most one generation is incoming');
  demand(count('ready') <= 1, 'at most one generation is current');
  const isLeft = ({workers}: LivingGeneration) => workers.every(isOutOfReach);
  demand(
    !model.ended || before.ended || generations.every(isLeft),
    'nothing lives after the end that can be killed',
  );
  for (const {number, phase, workers} of generations) {
    demand(workers.length > 0, 'a generation without workers is gone');
    demand(phase !== 'ready' || workers.some(isReady), 'the current generation serves');
    demand(isUnique(workers.map(({id}) => id)), 'an id is given once');
    const {replacement} = model;
    const isSpare = (id: number) => replacement?.generation === number && replacement.successor === id;
    const places = workers.filter(one => isUntold(one) && !isSpare(one.id)).map(({index}) => index);
    // Where a replacement is overtaken by a restart, both workers serve until they are told to finish.
    const most = phase === 'retiring' ? 1 : 0;
    demand(places.length - new Set(places).size <= most, 'a place has one worker');
  }
  checkNumbers(model);
  demand(model.timerAt === null || moments(model).includes(model.timerAt), 'only the living set the timer');
  const isDue = event.type === 'deadline' && before.timerAt !== null && now >= before.timerAt;
  if (!isDue) return;
  const same = isDeepStrictEqual({...before, timerAt: null}, {...model, timerAt: null});
  demand(!same, 'a deadline that has come is consumed');
}

/** Whoever looks on can tell restarts apart. */
function checkNumbers({restart, following, recovery, finishing, lastRestart}: Model): void {
  const numbers = [restart, following, recovery, finishing].flatMap(one => (one ? [one.number] : []));
  demand(isUnique(numbers), 'a restart has a number of its own');
  demand(
    numbers.every(number => number > 0 && number <= lastRestart),
    'a restart has a number',
  );
}

/** The model survives JSON, and no later step changes it. */
export function checkPlain({model}: Observed): void {
  freeze(model);
}

/** The world agrees with the model: who lives, when the timer fires, what the status file says. */
export function checkWorld({model}: Observed, {alive}: World): void {
  const running = model.generations.flatMap(({workers}) => workers.filter(({phase}) => phase !== 'pending'));
  demand(running.length === alive.size, 'the model knows those that live');
  const shown = model.generations
    .filter(({phase}) => phase !== 'starting')
    .flatMap(({number, workers}) =>
      workers.flatMap(worker => (worker.phase === 'pending' ? [] : [`${number}:${worker.pid}`])),
    );
  const lines = model.statusLines.map(({generation, pid}) => `${generation}:${pid}`);
  demand(shown.join() === lines.join(), 'the status file is up to date');
}

/**
 * Nothing that is due is left undone, unless the timer is about to see to it. So an input that says nothing has no
 * effect.
 */
export function checkSettled({model, now}: Observed, simulation: World): void {
  if (model.timerAt !== null && model.timerAt <= now) return;
  demand(now < model.notBefore || isFull(model), 'a place without a worker gets one');
  const {effects} = simulation.foresee({type: 'forget', token: 'nobody'});
  const [effect] = effects;
  demand(effect === undefined, `all that is due is done, not left for the next event: ${effect?.type}`);
}

/**
 * With `--rolling`, and during a trial, a generation may have to wait with its growth. One that was taken over does not
 * grow while another one is to replace it.
 */
function isFull({generations, workers, settings, trial, wanted, restart}: Model): boolean {
  const current = generations.find(({phase}) => phase === 'ready');
  if (!current || trial || settings.rolling !== null || wanted.state === 'stopped') return true;
  if (current.adopted && restart) return true;
  const taken = new Set(current.workers.filter(isUntold).map(({index}) => index));
  return Array.from({length: workers}, (_, index) => index).every(index => taken.has(index));
}

/** Every moment that a living worker, a delay, a pause or an automatic restart may wait for. */
function moments(model: Model): readonly number[] {
  const {tunables, wanted, restart, recovery, notBefore} = model;
  const waits = model.generations.flatMap(generation => [
    ...generation.workers.flatMap(worker => {
      if (worker.phase === 'starting') return [worker.dueAt];
      return worker.phase === 'retiring' || worker.phase === 'lingering'
        ? [worker.killAt, worker.steps[0]?.at ?? null]
        : [];
    }),
    generation.phase === 'retiring' ? generation.tellAt : null,
    ...(generation.phase === 'ready' && tunables.autoRestartMs !== null
      ? [generation.readyAt + tunables.autoRestartMs, generation.readyAt + 2 * tunables.autoRestartMs]
      : []),
  ]);
  const {trial} = model;
  if (trial) waits.push(trial.until, trial.check?.dueAt ?? null);
  if (model.paused) waits.push(model.paused.until);
  const pauses = wanted.state === 'running' ? [notBefore, restart, recovery].map(momentOf) : [];
  return [...waits, ...pauses].filter(at => at !== null);
}

function momentOf(paused: number | Model['restart']): number | null {
  return typeof paused === 'number' ? paused : (paused?.notBefore ?? null);
}

/** A frozen part was checked in an earlier step, because the steps share most of the model. */
function freeze(value: unknown): void {
  if (typeof value === 'number') demand(Number.isFinite(value), 'the model survives JSON');
  if (typeof value !== 'object' || value === null) {
    demand(value !== undefined && typeof value !== 'function', 'the model survives JSON');
    return;
  }
  if (Object.isFrozen(value)) return;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  demand(isPlain, 'the model survives JSON');
  Object.freeze(value);
  for (const each of Object.values(value)) freeze(each);
}

export function isReady({phase}: Worker): boolean {
  return phase === 'ready';
}

export function isUntold(worker: Worker): boolean {
  return worker.phase === 'pending' ? worker.farewell === null : !isLeaving(worker);
}

function isLeaving({phase}: Worker): boolean {
  return phase === 'retiring' || phase === 'lingering';
}

function isOutOfReach(worker: Worker): boolean {
  return 'refused' in worker && worker.refused && worker.killed;
}

function isUnique(values: readonly number[]): boolean {
  return new Set(values).size === values.length;
}
