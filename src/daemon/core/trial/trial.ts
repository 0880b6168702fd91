/**
 * A trial (`--bake`): the new generation is current, and the one before it is told nothing and serves beside it.
 *
 *     ready ──▶ on trial ──── time is up and no check is failing, or accepted ────▶ the old one is told to finish
 *                  │
 *                  └── a check fails, a worker is lost, or rejected ──▶ the old one is current again
 *
 * Inputs only record what they decide. `settle-trial.ts` carries it out within the same step.
 */
import type {PastFailure} from '../worker/worker-state.js';

export type Trial = {
  readonly generation: number;
  /** The generation that comes back; null: it is lost. */
  readonly old: number | null;
  readonly startedAt: number;
  /** It is not over before this moment. */
  readonly until: number;
  /** null: there is no check. */
  readonly check: Check | null;
  readonly decided: Decision | null;
};

export type Check = {
  /** How many have been started. */
  readonly run: number;
  readonly isRunning: boolean;
  /** When the next one is due. */
  readonly dueAt: number;
  /** How many have failed in a row; null: none has ended yet. */
  readonly failures: number | null;
};

export type Decision = {readonly passed: true} | {readonly passed: false; readonly failure: PastFailure};
