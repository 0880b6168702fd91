/** The results of the requests that the core answers: restart, scale, cancel, signal. They are part of the protocol. */
import type {CancelledVerdict, FailedVerdict, WithProblems, WithRelease} from './event.js';
import type {WithTraffic} from './traffic.js';

/** What a restart waits for: `ready`, the new generation serves; `gone`, the old one is gone as well. */
export const UNTIL = ['ready', 'gone'] as const;
export type Until = (typeof UNTIL)[number];

/** Whether a new generation starts beside the old one, or after it is gone. */
export const ORDERS = ['overlap', 'stop-first'] as const;
export type RestartOrder = (typeof ORDERS)[number];

/** How a restart ended. Durations are in milliseconds. */
export type Verdict = WithTraffic & Ended;

type Ended =
  | (WithProblems &
      WithRelease & {
        readonly verdict: 'completed';
        readonly generation: number;
        readonly pids: readonly number[];
        readonly attempts: number;
        /** From the request to the moment the new generation was ready. */
        readonly readyMs: number;
        /** From the request to the end of the last replaced worker, or to `ready` if the request waited only for that. */
        readonly tookMs: number;
        readonly replaced: readonly number[];
        /** The generations of `replaced` that still run: the request waited only for `ready`, or they refused to finish. */
        readonly retiring: readonly number[];
      })
  | FailedVerdict
  /** The generation became ready. A later one replaced it before the generations that it had replaced were gone. */
  | (WithProblems & {
      readonly verdict: 'superseded';
      readonly generation: number;
      readonly by: number;
      readonly attempts: number;
    })
  | CancelledVerdict;

/** The result of `pause`: no worker is left, and the pause ends after `leftMs` at the latest. */
export type Paused = {readonly verdict: 'completed'; readonly leftMs: number} | CancelledVerdict;

/** The result of `scale`. */
export type Scaled =
  | {readonly verdict: 'completed'; readonly workers: number; readonly pids: readonly number[]}
  | FailedVerdict
  | {readonly verdict: 'superseded'; readonly workers: number}
  | CancelledVerdict;

/** The result of `cancel`. `cancelled` says whether a restart was. `generation` was starting, if ssd had spawned it. */
export type Cancelled = {readonly cancelled: boolean; readonly generation: number | null};

/** The result of `accept`: whether a generation was on trial, and which. */
export type Accepted = {readonly accepted: boolean; readonly generation: number | null};

/** The result of `reject`: whether a generation was on trial, and which one is current again. */
export type Rejected = {
  readonly rejected: boolean;
  readonly generation: number | null;
  readonly back: number | null;
};

/** The result of `signal`: the workers that got it, and those that did not. */
export type Signalled = {
  readonly signal: string;
  readonly pids: readonly number[];
  readonly refused: readonly Refused[];
};

/** A worker to which a signal could not be sent, and why: an errno name. */
export type Refused = {readonly pid: number; readonly cause: string};

/** The result of `reexec`: the version of the ssd that has given its place, and of the one that has taken it. */
export type Upgraded = {readonly verdict: 'completed'; readonly from: string; readonly to: string};

/** The answers of the core. Other rooms answer `stop` and the requests that only read. */
export type Answer = Verdict | Scaled | Paused | Cancelled | Accepted | Rejected | Signalled | Upgraded;
