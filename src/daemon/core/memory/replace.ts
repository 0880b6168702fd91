/**
 * The replacement of a worker that takes too much memory (`--max-memory`).
 *
 *     heavy ──▶ its successor is ordered at the same place ──── ready ────▶ the heavy one is told to finish
 *                      │
 *                      └── one of the two is lost, or both are told to finish for another reason ──▶ over
 *
 * For this time the place has two workers. The successor does not count before it is ready, and the heavy one is told in
 * the same step. So nothing else sees two ready workers at a place of the current generation.
 *
 * A restart does not wait for a replacement: it replaces both. While a generation is held during a trial, nobody in it is
 * told anything, and the replacement waits.
 */
import {feed} from '../feed.js';
import {type ReadyGeneration, untoldOf} from '../generation-state.js';
import {
  batchSize,
  currentOf,
  farewellOf,
  incomingOf,
  livingWorkers,
  type Model,
  readyPlaces,
} from '../model.js';
import {tokensFor} from '../restart.js';
import {publish, type Turn, update} from '../turn.js';
import type {Input} from '../types.js';
import {isReady, type ReadyWorker, type Worker} from '../worker/worker-state.js';
import type {Replacement} from './heavy.js';

/** Notes the worker; `orderedPlace` decides whether it is replaced. */
export function takeHeavy(turn: Turn, {generation, worker, bytes}: Extract<Input, {type: 'heavy'}>): void {
  const {replacement, settings} = turn.model;
  if (replacement || settings.maxMemory === null || bytes <= settings.maxMemory) return;
  const place = workersOf(turn.model, generation).find(({id}) => id === worker);
  if (!place) return;
  const {index} = place;
  update(turn, {replacement: {generation, heavy: worker, index, bytes, successor: null}});
}

/** Tells the heavy worker to finish once its successor is ready. */
export function settleReplacement(turn: Turn, now: number): void {
  const {replacement} = turn.model;
  const pair = pairOf(turn.model);
  if (!replacement || pair?.phase !== 'ready' || !isReady(pair.successor)) return;
  update(turn, {replacement: null});
  const {generation, heavy} = replacement;
  feed(turn, generation, {type: 'tell', now, ids: [heavy], ...farewellOf(turn.model)});
}

/**
 * Begins the replacement that was asked for, or forgets it where something else goes on: the next measurement asks again.
 * Ends one that has become pointless.
 *
 * @returns the place at which a successor must be added to the current generation, or null
 */
export function orderedPlace(turn: Turn, now: number): number | null {
  const {replacement} = turn.model;
  if (!replacement) return null;
  const worker = replacement.successor === null ? replaceable(turn.model, replacement, now) : null;
  const current = currentOf(turn.model);
  if (!worker || !current) {
    if (!pairOf(turn.model)) update(turn, {replacement: null});
    return null;
  }
  update(turn, {replacement: {...replacement, successor: current.nextId}});
  const {generation, index, bytes} = replacement;
  const limit = turn.model.settings.maxMemory ?? bytes;
  const event = {type: 'too-heavy', generation, pid: worker.pid, bytes, limit} as const;
  publish(turn, event, tokensFor(turn.model, generation));
  return index;
}

/** The two workers of the place, unless one is lost or told to finish; null too while the successor is not ordered. */
function pairOf({
  replacement,
  generations,
}: Model): {readonly phase: string; readonly successor: Worker} | null {
  const generation = generations.find(({number}) => number === replacement?.generation);
  if (!replacement || !generation || generation.phase === 'retiring') return null;
  const untold = untoldOf(generation);
  const successor = untold.find(({id}) => id === replacement.successor);
  const isThere = untold.some(({id}) => id === replacement.heavy);
  return successor && isThere ? {phase: generation.phase, successor} : null;
}

/** The worker if it may be replaced now, or null. */
function replaceable(model: Model, {generation, heavy, index}: Replacement, now: number): ReadyWorker | null {
  const current = currentOf(model);
  if (current?.number !== generation || !isQuiet(model, current) || now < model.notBefore) return null;
  const worker = current.workers.find(({id}) => id === heavy);
  return worker?.phase === 'ready' && isAlone(current, index) && hasRoom(model) ? worker : null;
}

/** Every place of the current generation has its one ready worker, and nobody wants that changed. */
function isQuiet(model: Model, current: ReadyGeneration): boolean {
  const {wanted, restart, following, recovery, trial, workers} = model;
  if (wanted.state === 'stopped' || restart || following || recovery || trial || incomingOf(model))
    return false;
  return readyPlaces(model) === workers && untoldOf(current).length === workers;
}

/**
 * A worker that was replaced here has ended. One that takes hours to finish, or never does, keeps only its own place from
 * another replacement: without that, a limit that is too low would fill the machine with workers that finish.
 */
function isAlone({workers}: ReadyGeneration, index: number): boolean {
  return workers.filter(worker => worker.index === index).length === 1;
}

/** With `--rolling`, no more workers live than while a generation is replaced. */
function hasRoom(model: Model): boolean {
  if (model.settings.rolling === null) return true;
  return livingWorkers(model) < model.workers + batchSize(model);
}

function workersOf({generations}: Model, generation: number): readonly Worker[] {
  return generations.find(({number}) => number === generation)?.workers ?? [];
}
