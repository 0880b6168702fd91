/** The result of `releases`. It is part of the protocol. */

/** One generation that ssd has run, from which release, when, and what became of it. */
export type ReleaseRun = {
  readonly generation: number;
  readonly release: string;
  /** Times of day (ISO 8601, UTC). `readyAt` null: it never was; `endedAt` null: it lives. */
  readonly startedAt: string;
  readonly readyAt: string | null;
  readonly endedAt: string | null;
  readonly state: ReleaseState;
};

/** `failed`: it was never ready, or failed its trial. `lost`: it was ready, and ended without having been told to. */
export type ReleaseState = 'starting' | 'serving' | 'finishing' | 'finished' | 'failed' | 'lost';

export type Releases = {
  /** What `--release` says. */
  readonly link: string;
  /** The directory to which the link leads now. Left out if workers cannot start there. */
  readonly target?: string;
  /** The release that ssd starts again of itself. null until one was good. */
  readonly good: string | null;
  /** The one that was good before it, to which `rollback` goes back. */
  readonly former: string | null;
  /** The latest generations, the oldest first. */
  readonly runs: readonly ReleaseRun[];
};
