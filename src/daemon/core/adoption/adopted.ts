/** What the core learns of workers that a dead ssd has left, and that this one takes over: plain data. */
import type {LeftOut} from '../../../shared/protocol/left-out.js';
import type {Pinned} from '../release/origin.js';

export type AdoptedWorker = {
  /** Unique within its generation. */
  readonly id: number;
  /** Its place in the generation, from 0. */
  readonly index: number;
  readonly pid: number;
  readonly ageMs: number;
  /** What it was when its ssd died. Whether one that was starting is ready by now cannot be known. */
  readonly phase: 'starting' | 'ready' | 'retiring';
};

export type AdoptedGeneration = {
  readonly number: number;
  readonly phase: 'starting' | 'ready' | 'held' | 'retiring';
  readonly release: string | null;
  /** Only those that live; at least one. */
  readonly workers: readonly AdoptedWorker[];
};

/** What is left of an ssd: its generations, and what of its model means anything after its death. */
export type Adopted = {
  /** The number of its newest generation. */
  readonly last: number;
  /** How many workers it wanted; null: as the options say. */
  readonly workers: number | null;
  readonly good: Pinned | null;
  readonly former: Pinned | null;
  /** In the order of their numbers. */
  readonly generations: readonly AdoptedGeneration[];
};

/** Boots with the workers of an ssd that has died. `adopted` null: none can be taken over. */
export type Adoption = {
  readonly type: 'adopt';
  readonly adopted: Adopted | null;
  readonly leftOut: readonly LeftOut[];
};
