/**
 * The life of one generation: one or more workers with the same number.
 *
 *                 all its workers are ready
 *     starting ──────────────────────────────▶ ready ─────┐
 *        │                                       │        │ no ready worker is left
 *        │ one worker lost, or not ready in time │        │
 *        │ (the others are told to finish)       │        │
 *        │                          retire, stop │        │
 *        ├──── stop ────▶ retiring ◀─────────────┘        │
 *        │                   │                            │
 *        └── none left ──────┴─ the last one gone ─▶ gone ◀┘
 *
 *     ready ◀──── hold, restore ────▶ held         held ──── retire, stop, or none is ready ────▶ retiring
 *
 * A held generation has a successor that is on trial (`trial/`), and serves beside it.
 *
 * A ready generation that loses one of several workers stays ready; `settle.ts` fills the place again. A retiring
 * generation is no longer current, but its workers may still serve. They serve until `tellAt` (kill-old-delay), and
 * until `settle.ts` finds that they are no longer needed.
 *
 * An input first goes to the worker it names, or to all workers (`worker.ts`). The table below then reacts to what
 * became of them. It has a cell for every phase and change; a missing cell does not compile.
 */

import {correlated} from '../../shared/correlated.js';
import {
  fill,
  type Generation,
  type GenerationPart,
  type HeldGeneration,
  type LivingGeneration,
  type ReadyGeneration,
  type RetiringGeneration,
  type StartingGeneration,
} from './generation-state.js';
import type {KillEffect, Place, SignalEffect} from './types.js';
import {workerTransition} from './worker/worker.js';
import type {WorkerInput, WorkerStep} from './worker/worker-end.js';
import {farewellBy, isUntold, type Loss, ONLY_TERM, type Worker} from './worker/worker-state.js';

export type GenerationInput =
  | Exclude<WorkerInput, {type: 'deadline' | 'tell' | 'kill'}>
  | {readonly type: 'deadline'; readonly now: number}
  /** Stop being the current generation. `tell` says later which workers finish, and when. */
  | {readonly type: 'retire'; readonly now: number; readonly delayMs: number}
  /** Serve beside a successor that is on trial. */
  | {readonly type: 'hold'; readonly now: number}
  /** The trial has failed: be the current generation again. */
  | {readonly type: 'restore'; readonly now: number}
  /** Tell these workers to finish; null: all of them, and so the whole generation; `untold`: it, but none a second time. */
  | ({readonly type: 'tell'; readonly ids: readonly number[] | 'untold' | null} & Omit<TellInput, 'type'>)
  | {readonly type: 'kill'; readonly now: number}
  /** Add workers. Their ids go on from `nextId`. */
  | {readonly type: 'fill'; readonly now: number; readonly places: readonly Place[]};

type TellInput = Extract<WorkerInput, {type: 'tell'}>;

export type GenerationStep = {
  readonly next: Generation;
  readonly effects: readonly (SignalEffect | KillEffect)[];
  /** The workers that were lost in this step. */
  readonly losses: readonly Loss[];
};

/** What happened to the workers. `state` already holds them as they are now. */
type Change =
  | {readonly type: 'progress'; readonly now: number}
  | {readonly type: 'loss'; readonly now: number; readonly loss: Loss}
  | {readonly type: 'retire'; readonly now: number; readonly delayMs: number}
  | {readonly type: 'hold'; readonly now: number}
  | {readonly type: 'restore'; readonly now: number}
  /** All workers were told to finish, or killed. */
  | {readonly type: 'dismiss'; readonly now: number};
type Reaction = {readonly next: Generation; readonly order?: WorkerInput};
type Table = {
  readonly [P in LivingGeneration['phase']]: {
    readonly [T in Change['type']]: (
      state: Extract<LivingGeneration, {phase: P}>,
      change: Extract<Change, {type: T}>,
    ) => Reaction;
  };
};

const NEVER_HELD = {hold: stay, restore: stay};

const table: Table = {
  starting: {progress: readyWithAll, loss: fail, retire: stay, dismiss: dismissed, ...NEVER_HELD},
  ready: {progress: stay, loss: loseWorker, retire: retire, hold: hold, restore: stay, dismiss: dismissed},
  held: {progress: stay, loss: loseWorker, retire: retire, hold: stay, restore: restore, dismiss: dismissed},
  retiring: {progress: finishing, loss: finishing, retire: retireAgain, dismiss: finishing, ...NEVER_HELD},
};

/** One step of one generation. Pure: `effects` says what to do. */
export function transition(state: LivingGeneration, input: GenerationInput): GenerationStep {
  if (input.type === 'fill') return {next: fill(state, input.places), effects: [], losses: []};
  const {state: stepped, effects, losses} = stepWorkers(state, input);
  const {next, order} = react(stepped, changeOf(input, losses));
  if (!order || next.phase === 'gone') return {next, effects, losses};
  const told = stepWorkers(next, order, isUntold);
  return {next: told.state, effects: [...effects, ...told.effects], losses};
}

function changeOf(input: Exclude<GenerationInput, {type: 'fill'}>, [loss]: readonly Loss[]): Change {
  if (isOfAll(input)) return input;
  if (loss) return {type: 'loss', now: input.now, loss};
  const isForAll = input.type === 'kill' || (input.type === 'tell' && !Array.isArray(input.ids));
  return {type: isForAll ? 'dismiss' : 'progress', now: input.now};
}

/** Whether an input concerns the generation and none of its workers. */
function isOfAll(
  input: WorkerInput | GenerationInput,
): input is Extract<GenerationInput, {type: 'retire' | 'hold' | 'restore'}> {
  return input.type === 'retire' || input.type === 'hold' || input.type === 'restore';
}

function react(state: LivingGeneration, change: Change): Reaction {
  return correlated(table[state.phase][change.type])(state, change);
}

type Stepped<S extends LivingGeneration = LivingGeneration> = Omit<GenerationStep, 'next'> & {
  readonly state: S;
};

function stepWorkers<S extends LivingGeneration>(
  state: S,
  input: WorkerInput | Exclude<GenerationInput, {type: 'fill'}>,
  isMeant: (worker: Worker) => boolean = worker => isAddressed(worker, input),
): Stepped<S> {
  if (isOfAll(input)) return {state, effects: [], losses: []};
  const workers: Worker[] = [];
  const effects: (SignalEffect | KillEffect)[] = [];
  const losses: Loss[] = [];
  let {lossesAt} = state;
  let isSame = true;
  for (const worker of state.workers) {
    const step: WorkerStep = isMeant(worker) ? workerTransition(worker, input) : {next: worker, effects: []};
    const {next, loss} = step;
    isSame &&= next === worker;
    if (next.phase !== 'gone') workers.push(next);
    effects.push(...step.effects);
    if (!loss) continue;
    losses.push(loss);
    lossesAt = {...lossesAt, [worker.index]: (lossesAt[worker.index] ?? 0) + 1};
  }
  // Most inputs concern one worker of one generation, so most generations stay the same object.
  return {state: isSame ? state : {...state, lossesAt, workers}, effects, losses};
}

function isAddressed(worker: Worker, input: WorkerInput | GenerationInput): boolean {
  if ('worker' in input) return input.worker === worker.id;
  if (!('ids' in input) || input.ids === null) return true;
  return input.ids === 'untold' ? isUntold(worker) : input.ids.includes(worker.id);
}

function stay(state: LivingGeneration): Reaction {
  return {next: state};
}

function readyWithAll(state: StartingGeneration, {now}: {readonly now: number}): Reaction {
  if (!state.workers.every(({phase}) => phase === 'ready')) return {next: state};
  return {next: {phase: 'ready', readyAt: now, ...commonPart(state)}};
}

function fail(
  state: StartingGeneration | ReadyGeneration | HeldGeneration,
  {loss, now}: {readonly loss: Loss; readonly now: number},
): Reaction {
  return {order: dismissal(state, now), ...end(state, loss)};
}

/**
 * A generation that loses one of several workers keeps serving, and the place is filled again. Without a ready worker it
 * no longer serves.
 */
function loseWorker(
  state: ReadyGeneration | HeldGeneration,
  change: {readonly loss: Loss; readonly now: number},
): Reaction {
  return state.workers.some(({phase}) => phase === 'ready') ? {next: state} : fail(state, change);
}

function hold(state: ReadyGeneration): Reaction {
  return {next: {phase: 'held', readyAt: state.readyAt, ...commonPart(state)}};
}

function restore(state: HeldGeneration): Reaction {
  return {next: {phase: 'ready', readyAt: state.readyAt, ...commonPart(state)}};
}

function retire(
  state: ReadyGeneration | HeldGeneration,
  {now, delayMs}: {now: number; delayMs: number},
): Reaction {
  const tellAt = delayMs === 0 ? null : now + delayMs;
  return {next: {phase: 'retiring', tellAt, loss: null, ...commonPart(state)}};
}

/**
 * The successor was lost, and a new one has taken over. A delay that has passed starts again, even if no timer
 * reported it.
 */
function retireAgain(state: RetiringGeneration, {now, delayMs}: {now: number; delayMs: number}): Reaction {
  if (state.tellAt !== null && now < state.tellAt) return {next: state};
  return {next: {...state, tellAt: delayMs === 0 ? null : now + delayMs}};
}

function dismissed(state: StartingGeneration | ReadyGeneration | HeldGeneration): Reaction {
  return end(state, null);
}

function finishing(state: RetiringGeneration, {now}: {readonly now: number}): Reaction {
  const {number, loss, tellAt, workers} = state;
  if (workers.length === 0) return {next: {phase: 'gone', number, loss}};
  return {next: tellAt !== null && now >= tellAt ? {...state, tellAt: null} : state};
}

function end(state: StartingGeneration | ReadyGeneration | HeldGeneration, loss: Loss | null): Reaction {
  if (state.workers.length === 0) return {next: {phase: 'gone', number: state.number, loss}};
  return {next: {phase: 'retiring', tellAt: null, loss, ...commonPart(state)}};
}

/** The part that all living phases share. */
function commonPart({
  number,
  workers,
  startedAt,
  probation,
  nextId,
  release,
  lossesAt,
  adopted,
}: GenerationPart): GenerationPart {
  return {number, workers, startedAt, probation, nextId, release, lossesAt, adopted};
}

/** The rest of a failed generation serves nobody, so ssd does not wait for it. */
function dismissal({probation}: GenerationPart, now: number): WorkerInput {
  return {type: 'tell', now, ...farewellBy(ONLY_TERM, probation.graceMs)};
}
