/** How requests end that the core answers: restart, scale, cancel, signal. Part of the protocol. */
import type {CancelledVerdict, FailedVerdict, WithProblems} from './event.js';

/** What an asker waits for: that the new generation serves, or that the old one is gone besides. */
export const UNTIL = ['ready', 'gone'] as const;
export type Until = (typeof UNTIL)[number];

/** How a restart ended. Durations in milliseconds. */
export type Verdict =
  | (WithProblems & {
      readonly verdict: 'completed';
      readonly generation: number;
      readonly pids: readonly number[];
      readonly attempts: number;
      /** From the request to the moment the new generation was ready. */
      readonly readyMs: number;
      /** From the request to the end of the last worker that was replaced, or to `ready` if that was waited for. */
      readonly tookMs: number;
      readonly replaced: readonly number[];
      /** Those of `replaced` that have yet to finish; none unless only `ready` was waited for. */
      readonly retiring: readonly number[];
    })
  | FailedVerdict
  /** It became ready, and a later generation replaced it before what it had replaced was gone. */
  | (WithProblems & {
      readonly verdict: 'superseded';
      readonly generation: number;
      readonly by: number;
      readonly attempts: number;
    })
  | CancelledVerdict;

/** The result of `scale`. */
export type Scaled =
  | {readonly verdict: 'completed'; readonly workers: number; readonly pids: readonly number[]}
  | FailedVerdict
  | {readonly verdict: 'superseded'; readonly workers: number}
  | CancelledVerdict;

/** The result of `cancel`: the generation that was starting, if it had been spawned. `cancelled` false: nothing was. */
export type Cancelled = {readonly cancelled: boolean; readonly generation: number | null};

/** The result of `signal`: who got it. */
export type Signalled = {readonly signal: string; readonly pids: readonly number[]};

/** What the core answers; `stop` and what only looks are answered elsewhere. */
export type Answer = Verdict | Scaled | Cancelled | Signalled;
