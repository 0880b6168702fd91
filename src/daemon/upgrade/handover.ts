/**
 * The handover: what an image of ssd writes for the next one that takes its place by execve(2) (`ssctl reexec`).
 *
 *     old image                                       new image, under the same pid
 *     gather ─▶ JSON in memory ─▶ execve ───────────▶ read ─▶ each part is made from its piece ─▶ the core goes on
 *       │                           │ it failed
 *       └────── goes on as before ◀─┘
 *
 * All of it happens in one turn of the event loop: what a part says of itself is true when the next image reads it.
 * A later version must be able to read it, so its shape is a contract.
 */
import type {Model} from '../core/model.js';

/** Goes up when a member is renamed, is removed or changes its meaning. */
export const HANDOVER_VERSION = 1;

/** Names the descriptor of the handover in the environment of the next image. */
export const HANDOVER_VARIABLE = 'SSD_HANDOVER_FD';

/** The first argument of a program that is asked whether it can take over, and the descriptor on which it finds the handover. */
export const CHECK_HANDOVER = '--check-handover';
export const HANDOVER_AT = 3;

/**
 * What that program says as a line of JSON if it can: which version it is, and what to execute. That is Node with the program,
 * because a shell between the two images would collect workers that end meanwhile.
 */
export type HandoverAnswer = {readonly ssd: string; readonly command: readonly [string, ...string[]]};

/** What others know this ssd by. It has to stay. */
export type Lasting = {
  readonly name: string;
  /** The path of the control socket. */
  readonly control: string;
  readonly pidFile: string | null;
  readonly statusFile: string | null;
  readonly metricsFile: string | null;
};

/** When ssd started, whichever image of it runs: by the monotonic clock, and as a time of day. */
export type Began = {readonly startedAt: number; readonly startTime: Date};

/** @typeParam Parts what the parts of ssd say of themselves, each under its name */
export type Handover<Parts> = {
  readonly version: number;
  /** The version of the ssd that wrote it. */
  readonly ssd: string;
  readonly lasting: Lasting;
  /** How the workers say that they are ready (`--ready`). */
  readonly ready: string;
  /** Whether its log goes to a place of `--log-file`. */
  readonly logs: boolean;
  /** It has no terminal to keep (`--daemonize`). */
  readonly background: boolean;
  /** When its first image started: milliseconds of the monotonic clock, and the time of day (ISO 8601). */
  readonly began: {readonly startedAt: number; readonly startTime: string};
  /** How many workers its options asked for. */
  readonly workers: number;
  /** The client that asked for the next image. */
  readonly token: string | null;
  readonly model: Model;
  readonly parts: Parts;
};
