/** The spans that no collector has taken yet, up to a bound, and the count of those that are lost. */
import type {Span} from '../recording/span.js';
import type {TracesState} from '../traces-state.js';

/** How many spans may wait. A restart has four or five. */
export const MAX_WAITING = 512;
const MAX_IN_REQUEST = 64;

export type Backlog = {
  /** @returns whether the oldest one is lost by it */
  readonly add: (span: Span) => boolean;
  /** Those of the next request, or of the one that is to be repeated. Empty: there are none. */
  readonly next: () => readonly Span[];
  /** They are taken, except for some that are lost. */
  readonly done: (lost: number) => void;
  readonly lost: () => number;
  readonly isEmpty: () => boolean;
  readonly state: () => Pick<TracesState, 'unsent' | 'lost'>;
};

export function createBacklog(former: Pick<TracesState, 'unsent' | 'lost'> | null): Backlog {
  const queue: Span[] = [...(former?.unsent ?? [])];
  let batch: readonly Span[] = [];
  let lost = former?.lost ?? 0;
  return {
    add: span => {
      queue.push(span);
      if (queue.length <= MAX_WAITING) return false;
      queue.shift();
      lost += 1;
      return true;
    },
    next: () => {
      if (batch.length === 0) batch = queue.splice(0, MAX_IN_REQUEST);
      return batch;
    },
    done: more => {
      lost += Math.min(more, batch.length);
      batch = [];
    },
    lost: () => lost,
    isEmpty: () => batch.length + queue.length === 0,
    state: () => ({unsent: [...batch, ...queue], lost}),
  };
}
