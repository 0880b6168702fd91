import type {Root, Span} from './recording/span.js';

/** What goes over to the next image of ssd. A contract with later versions: names stay, and what is added may be missing. */
export type TracesState = {
  /** The restarts that go on. */
  readonly roots: readonly Root[];
  /** The spans that no collector has taken yet. */
  readonly unsent: readonly Span[];
  /** How many spans are lost. */
  readonly lost: number;
};
