/** What is true of a generation in each phase; `generation.ts` has the ways from one to the next. */
import type {Place} from './types.js';
import {
  createWorker,
  earlier,
  isUntold,
  type Loss,
  type Probation,
  type Worker,
  workerDeadline,
} from './worker-state.js';

export type GenerationPart = {
  readonly number: number;
  readonly workers: readonly Worker[];
  readonly startedAt: number;
  readonly probation: Probation;
  readonly nextId: number;
  /** How many workers were lost at each place. */
  readonly lossesAt: Readonly<Record<string, number>>;
};

export type StartingGeneration = GenerationPart & {readonly phase: 'starting'};
export type ReadyGeneration = GenerationPart & {readonly phase: 'ready'; readonly readyAt: number};
export type RetiringGeneration = GenerationPart & {
  readonly phase: 'retiring';
  /** Before this moment nobody is told to finish; null: it has come. */
  readonly tellAt: number | null;
  /** Set when this generation failed to start, or was lost. */
  readonly loss: Loss | null;
};
export type GoneGeneration = {
  readonly phase: 'gone';
  readonly number: number;
  /** null for a generation that retired as it was told. */
  readonly loss: Loss | null;
};
export type LivingGeneration = StartingGeneration | ReadyGeneration | RetiringGeneration;
export type Generation = LivingGeneration | GoneGeneration;

/** A new generation with its first workers, before any of them is known to run. */
export function createGeneration(
  number: number,
  size: number,
  probation: Probation,
  now: number,
): StartingGeneration {
  const empty: StartingGeneration = {
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
export function deadlineOf(state: LivingGeneration): number | null {
  const own = state.phase === 'retiring' ? state.tellAt : null;
  return state.workers.reduce((due, worker) => earlier(due, workerDeadline(worker)), own);
}

/** The workers that nobody has told to finish. */
export function untoldOf(state: LivingGeneration): readonly Worker[] {
  return state.workers.filter(isUntold);
}

/** The pids of the workers that are running, in the order of their ids. */
export function pidsOf(state: LivingGeneration): readonly number[] {
  return state.workers.filter(worker => worker.phase !== 'pending').map(({pid}) => pid);
}

/** Adds a worker at each of these places; the ids go on from `nextId`. */
export function fill<S extends LivingGeneration>(state: S, places: readonly Place[]): S {
  const {number: generation, probation, nextId, lossesAt} = state;
  const added = places.map(({id, index}) =>
    createWorker({generation, id, index, restarts: lossesAt[index] ?? 0}, probation),
  );
  return {...state, workers: [...state.workers, ...added], nextId: nextId + places.length};
}
