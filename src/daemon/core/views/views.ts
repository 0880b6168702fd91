/** What a service manager should know of ssd. `report.ts` derives it from the model. */
export type Report = {
  readonly wanted: 'running' | 'stopped';
  /** No worker is to run for a while. */
  readonly paused: boolean;
  readonly current: number | null;
  /** The current generation is on trial. */
  readonly isTried: boolean;
  readonly incoming: number | null;
  /** The generation that serves while there is no current one. */
  readonly standIn: number | null;
  /** How many workers of the current generation are ready, and how many there should be. */
  readonly ready: number;
  readonly workers: number;
  /** The newest generation that has failed to start, if none is ready that is newer. */
  readonly failed: number | null;
  /** How many attempts have failed of the start or restart that goes on. */
  readonly attempts: number;
  /** The requests to restart that no attempt has decided yet, for better or worse. */
  readonly undecided: number;
  /** When the start or the stop that is under way is over at the latest; null: nothing is, or it may last. */
  readonly dueAt: number | null;
};
