/** What becomes of one worker. */
export type Fate = {
  /** How long the spawn takes to be reported. */
  readonly spawnMs: number;
  /** Why the spawn fails; null: it succeeds. */
  readonly cause: string | null;
  /** How long it lives if nobody signals it; null: for ever. */
  readonly livesMs: number | null;
  /** When it says that it is ready, counted from the spawn; null: never. Only where readiness is by signal. */
  readonly readyMs: number | null;
  /** How long it goes on after the first signal; null: only a kill ends it. */
  readonly lingersMs: number | null;
  /** How many kills it takes. */
  readonly kills: number;
};

export const HEALTHY: Fate = {spawnMs: 0, cause: null, livesMs: null, readyMs: 100, lingersMs: 0, kills: 1};
export const DIES_AT_ONCE: Fate = {...HEALTHY, livesMs: 0};
export const DIES_EARLY: Fate = {...HEALTHY, livesMs: 10};
export const SLOW_TO_FINISH: Fate = {...HEALTHY, lingersMs: 4000};
export const NEVER_READY: Fate = {...HEALTHY, readyMs: null};
export const IGNORES_SIGNALS: Fate = {...HEALTHY, lingersMs: null};

export function notSpawned(cause: string): Fate {
  return {...HEALTHY, cause};
}
