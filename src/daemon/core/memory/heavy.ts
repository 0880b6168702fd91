/** What is known of workers that take too much memory (`--max-memory`). */

export type MemorySettings = {
  /** How many bytes a worker may take with its descendants; null: any number. */
  readonly maxMemory: number | null;
};

/** A measurement of one worker. */
export type Heavy = {
  readonly type: 'heavy';
  readonly generation: number;
  readonly worker: number;
  readonly bytes: number;
};

/** The one worker that is being replaced because of its memory. Workers are named by their ids. */
export type Replacement = {
  readonly generation: number;
  readonly heavy: number;
  readonly index: number;
  readonly bytes: number;
  /** null: it is not ordered yet. No step ends with it. */
  readonly successor: number | null;
};
