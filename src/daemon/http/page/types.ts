/** What the page makes of the events, as far as its scripts hand it to each other. Times are in milliseconds since 1970. */
import type {Event, Recorded, RestartOrigin} from '../../../shared/protocol/event.js';

export type EventOf<T extends Event['type']> = Extract<Recorded, {type: T}>;

/** One generation, as far as the events tell of it. null: not yet, or before the first event that is known. */
export type Generation = {
  readonly number: number;
  release: string | null;
  spawnedAt: number | null;
  readyAt: number | null;
  trialAt: number | null;
  trialEndedAt: number | null;
  /** Its start, or its trial, has failed. */
  failedAt: number | null;
  /** It was told to finish. */
  toldAt: number | null;
  goneAt: number | null;
  readonly pids: Set<number>;
};

/**
 * One entry of the time line.
 *
 * - `start`: generations that ssd started without being asked.
 * - `restart`: until its verdict.
 * - `loss`: a worker, or all workers, of a serving generation were lost.
 * - `note`: anything else.
 */
export type Entry = {
  readonly id: number;
  readonly kind: 'start' | 'restart' | 'loss' | 'note';
  readonly at: number;
  /** What a `note` is about, so that its end is found. */
  readonly about: string;
  readonly asked: RestartOrigin[];
  readonly queued: boolean;
  /** The generations that were started for it, and those that they replace. */
  readonly attempts: number[];
  replaced: readonly number[];
  end: EventOf<'restart-ended'> | null;
  endedAt: number | null;
  /** The latest events, and how many earlier ones are not kept. */
  readonly events: Recorded[];
  dropped: number;
};

export type Story = {
  /** The number of the latest event. */
  seq: number;
  current: number | null;
  readonly generations: Map<number, Generation>;
  /** Where the next event of a generation belongs. */
  readonly concerns: Map<number, Entry>;
  /** The oldest first. */
  readonly entries: Entry[];
  readonly recent: Recorded[];
};

export type Tone = 'good' | 'busy' | 'trial' | 'faint' | 'bad';

/** A part of a lane, in percent of its width. */
export type Segment = {
  readonly kind: 'wait' | 'start' | 'serve' | 'trial' | 'drain' | 'failed';
  readonly from: number;
  readonly width: number;
};

export type Lane = {readonly label: string; readonly segments: readonly Segment[]};

export type Badge = {readonly text: string; readonly tone: Tone};
