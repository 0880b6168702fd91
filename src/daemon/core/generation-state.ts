/** What is true of a generation in each phase. `generation.ts` defines the transitions. */
import type {Place} from './types.js';
import {
  createWorker,
  earlier,
  isSpawned,
  isUntold,
  type Loss,
  type Probation,
  type Worker,
  workerDeadline,
} from './worker/worker-state.js';

export type GenerationPart = {
  readonly number: number;
  readonly workers: readonly Worker[];
  readonly startedAt: number;
  readonly probation: Probation;
  readonly nextId: number;
  /** The directory from which its workers are spawned; null without `--release`, and until it is resolved. */
  readonly release: string | null;
  /** How many workers were lost at each place. */
  readonly lossesAt: Readonly<Record<string, number>>;
  /** An ssd that has died started its workers. */
  readonly adopted: boolean;
};

export type StartingGeneration = GenerationPart & {
  readonly phase: 'starting';
  /** ssd starts it of itself, from the release that was good. */
  readonly recovers: boolean;
};
export type ReadyGeneration = GenerationPart & {readonly phase: 'ready'; readonly readyAt: number};
/** It has a successor that is on trial, serves beside it, and may come back. */
export type HeldGeneration = GenerationPart & {readonly phase: 'held'; readonly readyAt: number};
export type RetiringGeneration = GenerationPart & {
  readonly phase: 'retiring';
  /** No worker is told to finish before this moment; null: the moment has come. */
  readonly tellAt: number | null;
  /** Set if this generation failed to start or was lost. */
  readonly loss: Loss | null;
};
export type GoneGeneration = {
  readonly phase: 'gone';
  readonly number: number;
  /** null: the generation retired because it was told to. */
  readonly loss: Loss | null;
};
export type LivingGeneration = StartingGeneration | ReadyGeneration | HeldGeneration | RetiringGeneration;
export type Generation = LivingGeneration | GoneGeneration;

/** A new generation with `size` pending workers. */
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
    recovers: false,
    startedAt: now,
    probation,
    nextId: 0,
    release: null,
    lossesAt: {},
    adopted: false,
  };
  const places = Array.from({length: size}, (_, index) => ({id: index, index}));
  return fill(empty, places);
}

/** When this generation next needs a `deadline` input, or null. */
export function deadlineOf(state: LivingGeneration): number | null {
  const own = state.phase === 'retiring' ? state.tellAt : null;
  return state.workers.reduce((due, worker) => earlier(due, workerDeadline(worker)), own);
}

/** The workers that are not told to finish. */
export function untoldOf(state: LivingGeneration): readonly Worker[] {
  return state.workers.filter(isUntold);
}

/** The pids of the running workers, in the order of their ids. */
export function pidsOf(state: LivingGeneration): readonly number[] {
  return state.workers.filter(isSpawned).map(({pid}) => pid);
}

/** Adds a pending worker at each of these places. */
export function fill<S extends LivingGeneration>(state: S, places: readonly Place[]): S {
  const {number: generation, probation, nextId, lossesAt} = state;
  const added = places.map(({id, index}) =>
    createWorker({generation, id, index, restarts: lossesAt[index] ?? 0}, probation),
  );
  return {...state, workers: [...state.workers, ...added], nextId: nextId + places.length};
}
