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
 * A ready generation that loses one worker of several stays ready; `settle.ts` has the place filled again. A
 * retiring generation is no longer current, but its workers may still serve: until `tellAt` (kill-old-delay), and
 * until `settle.ts` finds that they are not needed any more.
 *
 * An event reaches the worker it is for, or all of them (`worker.ts`); what has become of them is then looked up
 * in the table below, which has a cell for every phase and input. A missing one does not compile.
 */
import type {KillEffect, Place, SignalEffect, WorkerEvent} from './types.js';
import {type WorkerInput, type WorkerStep, workerTransition} from './worker.js';
import {
  createWorker,
  earlier,
  isUntold,
  type Loss,
  type Probation,
  type Worker,
  workerDeadline,
} from './worker-state.js';

type Common = {
  readonly number: number;
  readonly workers: readonly Worker[];
  readonly startedAt: number;
  readonly probation: Probation;
  readonly nextId: number;
  /** How many workers were lost at each place. */
  readonly lossesAt: Readonly<Record<string, number>>;
};

export type Starting = Common & {readonly phase: 'starting'};
export type Ready = Common & {readonly phase: 'ready'; readonly readyAt: number};
export type Retiring = Common & {
  readonly phase: 'retiring';
  /** Before this moment nobody is told to finish; null: it has come. */
  readonly tellAt: number | null;
  /** Set when this generation failed to start, or was lost. */
  readonly loss: Loss | null;
};
export type Gone = {
  readonly phase: 'gone';
  readonly number: number;
  /** null for a generation that retired as it was told. */
  readonly loss: Loss | null;
};
export type Living = Starting | Ready | Retiring;
export type Generation = Living | Gone;

export type GenerationEvent =
  | WorkerEvent
  | {readonly type: 'deadline'; readonly now: number}
  /** Stop being the current one; who is to finish, and when, comes by `tell`. */
  | {readonly type: 'retire'; readonly now: number; readonly delayMs: number}
  /** Some workers are to finish; null: all of them, and so the generation. */
  | ({readonly type: 'tell'; readonly ids: readonly number[] | null} & Omit<TellInput, 'type'>)
  | {readonly type: 'kill'; readonly now: number}
  /** More workers; their ids go on from `nextId`. */
  | {readonly type: 'fill'; readonly now: number; readonly places: readonly Place[]};

type TellInput = Extract<WorkerInput, {type: 'tell'}>;

export type GenerationStep = {
  readonly next: Generation;
  readonly effects: readonly (SignalEffect | KillEffect)[];
  /** The workers that were lost in this step. */
  readonly losses: readonly Loss[];
};

/** What has happened to the workers; `state` has them already as they are now. */
type Change =
  | {readonly type: 'progress'; readonly now: number}
  | {readonly type: 'loss'; readonly now: number; readonly loss: Loss}
  | {readonly type: 'retire'; readonly now: number; readonly delayMs: number}
  /** All were told to finish, or killed. */
  | {readonly type: 'dismiss'; readonly now: number};
type Outcome = {readonly next: Generation; readonly order?: WorkerInput};
type Table = {
  readonly [P in Living['phase']]: {
    readonly [T in Change['type']]: (
      state: Extract<Living, {phase: P}>,
      change: Extract<Change, {type: T}>,
    ) => Outcome;
  };
};

const table: Table = {
  starting: {progress: readyWithAll, loss: fail, retire: stay, dismiss: dismissed},
  ready: {progress: stay, loss: loseWorker, retire: retire, dismiss: dismissed},
  retiring: {progress: finishing, loss: finishing, retire: retireAgain, dismiss: finishing},
};

/** One step of one generation. Pure: what is to be done is in `effects`. */
export function transition(state: Living, event: GenerationEvent): GenerationStep {
  if (event.type === 'fill') return {next: fill(state, event.places), effects: [], losses: []};
  const {state: stepped, effects, losses} = stepWorkers(state, event);
  const {next, order} = react(stepped, changeOf(event, losses));
  if (!order || next.phase === 'gone') return {next, effects, losses};
  const told = stepWorkers(next, order, isUntold);
  return {next: told.state, effects: [...effects, ...told.effects], losses};
}

/** A new generation with its first workers, before any of them is known to run. */
export function createGeneration(number: number, size: number, probation: Probation, now: number): Starting {
  const empty: Starting = {
    phase: 'starting',
    number,
    workers: [],
    startedAt: now,
    probation,
    nextId: 0,
    lossesAt: {},
  };
  const places = Array.from({length: size}, (_, index) => ({id: index, index}));
  return fill(empty, places);
}

/** When this generation next needs a `deadline` event, or null. */
export function deadlineOf(state: Living): number | null {
  const own = state.phase === 'retiring' ? state.tellAt : null;
  return state.workers.reduce((due, worker) => earlier(due, workerDeadline(worker)), own);
}

/** The workers that nobody has told to finish. */
export function untoldOf(state: Living): readonly Worker[] {
  return state.workers.filter(isUntold);
}

/** The pids of the workers that are running, in the order of their ids. */
export function pidsOf(state: Living): readonly number[] {
  return state.workers.filter(worker => worker.phase !== 'pending').map(({pid}) => pid);
}

function changeOf(event: Exclude<GenerationEvent, {type: 'fill'}>, [loss]: readonly Loss[]): Change {
  if (event.type === 'retire') return event;
  if (loss) return {type: 'loss', now: event.now, loss};
  const isForAll = event.type === 'kill' || (event.type === 'tell' && event.ids === null);
  return {type: isForAll ? 'dismiss' : 'progress', now: event.now};
}

function react(state: Living, change: Change): Outcome {
  // TypeScript cannot see that both look-ups agree with the two arguments; the type of `table` proves it.
  const handler = table[state.phase][change.type] as (s: Living, c: Change) => Outcome;
  return handler(state, change);
}

type Stepped<S extends Living = Living> = Omit<GenerationStep, 'next'> & {readonly state: S};

function stepWorkers<S extends Living>(
  state: S,
  event: WorkerInput | Exclude<GenerationEvent, {type: 'fill'}>,
  isMeant: (worker: Worker) => boolean = worker => isAddressed(worker, event),
): Stepped<S> {
  if (event.type === 'retire') return {state, effects: [], losses: []};
  const workers: Worker[] = [];
  const effects: (SignalEffect | KillEffect)[] = [];
  const losses: Loss[] = [];
  let {lossesAt} = state;
  let isSame = true;
  for (const worker of state.workers) {
    const step: WorkerStep = isMeant(worker) ? workerTransition(worker, event) : {next: worker, effects: []};
    const {next, loss} = step;
    isSame &&= next === worker;
    if (next.phase !== 'gone') workers.push(next);
    effects.push(...step.effects);
    if (!loss) continue;
    losses.push(loss);
    lossesAt = {...lossesAt, [worker.index]: (lossesAt[worker.index] ?? 0) + 1};
  }
  // Most of what happens concerns one worker of one generation.
  return {state: isSame ? state : {...state, lossesAt, workers}, effects, losses};
}

function isAddressed(worker: Worker, event: WorkerInput | GenerationEvent): boolean {
  if ('worker' in event) return event.worker === worker.id;
  return 'ids' in event && event.ids !== null ? event.ids.includes(worker.id) : true;
}

function fill<S extends Living>(state: S, places: readonly Place[]): S {
  const {number: generation, probation, nextId, lossesAt} = state;
  const added = places.map(({id, index}) =>
    createWorker({generation, id, index, restarts: lossesAt[index] ?? 0}, probation),
  );
  return {...state, workers: [...state.workers, ...added], nextId: nextId + places.length};
}

function stay(state: Living): Outcome {
  return {next: state};
}

function readyWithAll(state: Starting, {now}: {readonly now: number}): Outcome {
  if (!state.workers.every(({phase}) => phase === 'ready')) return {next: state};
  return {next: {phase: 'ready', readyAt: now, ...commonPart(state)}};
}

function fail(state: Starting | Ready, {loss, now}: {readonly loss: Loss; readonly now: number}): Outcome {
  return {order: dismissal(state, now), ...end(state, loss)};
}

/** One lost of several is replaced; without a ready one it does not serve any more. */
function loseWorker(state: Ready, change: {readonly loss: Loss; readonly now: number}): Outcome {
  return state.workers.some(({phase}) => phase === 'ready') ? {next: state} : fail(state, change);
}

function retire(state: Ready, {now, delayMs}: {now: number; delayMs: number}): Outcome {
  const tellAt = delayMs === 0 ? null : now + delayMs;
  return {next: {phase: 'retiring', tellAt, loss: null, ...commonPart(state)}};
}

/** Its successor was lost, and has one in its turn: a delay that is over, heard of or not, counts anew. */
function retireAgain(state: Retiring, {now, delayMs}: {now: number; delayMs: number}): Outcome {
  if (state.tellAt !== null && now < state.tellAt) return {next: state};
  return {next: {...state, tellAt: delayMs === 0 ? null : now + delayMs}};
}

function dismissed(state: Starting | Ready): Outcome {
  return end(state, null);
}

function finishing(state: Retiring, {now}: {readonly now: number}): Outcome {
  const {number, loss, tellAt, workers} = state;
  if (workers.length === 0) return {next: {phase: 'gone', number, loss}};
  return {next: tellAt !== null && now >= tellAt ? {...state, tellAt: null} : state};
}

function end(state: Starting | Ready, loss: Loss | null): Outcome {
  if (state.workers.length === 0) return {next: {phase: 'gone', number: state.number, loss}};
  return {next: {phase: 'retiring', tellAt: null, loss, ...commonPart(state)}};
}

/** What is true of a generation in every phase in which it lives. */
function commonPart({number, workers, startedAt, probation, nextId, lossesAt}: Common): Common {
  return {number, workers, startedAt, probation, nextId, lossesAt};
}

/** What is left of a generation that has failed serves nobody: it need not be waited for. */
function dismissal({probation}: Common, now: number): WorkerInput {
  return {type: 'tell', now, signal: 'TERM', killAfterMs: probation.graceMs};
}
