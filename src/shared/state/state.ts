/**
 * The state file: what an ssd leaves for the next one of its name, in case it is killed while its workers serve on. It is
 * beside the control socket. A later version of ssd must be able to read it, so its shape is a contract.
 */
import {STATE_SUFFIX} from '../instance-paths.js';
import type {SocketType} from '../protocol/status.js';

/** Goes up when a member is renamed, is removed or changes its meaning. */
export const STATE_VERSION = 1;

/** A process, so that no later one with its pid is taken for it. */
export type ProcessMark = {
  readonly pid: number;
  /** The time of its start, in clock ticks since the machine started. */
  readonly startedAt: string;
};

/**
 * The start time of a writer that has ended as it was told and has left workers that it could not end: no process has it, so
 * that it counts as dead even where it is a part of a program that goes on.
 */
export const ENDED = '0';

/** The longest text in a state file. */
export const LONGEST_TEXT = 4096;

/** What becomes of workers when their ssd dies: they go on, get SIGTERM, or are killed. */
export type OnDeath = 'keep' | 'term' | 'kill';

export type StateWorker = ProcessMark & {
  /** Unique within its generation. */
  readonly id: number;
  /** Its place in the generation, from 0. */
  readonly index: number;
  readonly phase: 'starting' | 'ready' | 'retiring';
  /** What the death of this ssd does to it; `keep` where the file does not say it. */
  readonly onDeath: OnDeath;
  /** Whether it leads a process group that ends with it; not where the file does not say it. */
  readonly hasGroup: boolean;
  /** The effective user with which it was started; null where the file does not say it. */
  readonly uid: number | null;
};

export type StateGeneration = {
  readonly generation: number;
  readonly phase: 'starting' | 'ready' | 'held' | 'retiring';
  /** null without `--release`. */
  readonly release: string | null;
  readonly workers: readonly StateWorker[];
};

export type StateListener = {
  /** As `--port` or `--path` names it. */
  readonly name: string;
  readonly type: SocketType;
  /** The address that is bound. */
  readonly address: string;
  /** Its descriptor number in a worker. */
  readonly fd: number;
  /** The inode of the socket. */
  readonly inode: string;
  /** Device and inode of the file at its path; null for a listener without one. */
  readonly file: string | null;
};

/** A release that was good, and the generation that ran it. */
export type StatePinned = {readonly generation: number; readonly release: string};

export type State = {
  readonly version: number;
  /** Of the ssd that wrote it; only for people. */
  readonly ssd: string;
  /** The boot, and the pid namespace, in which the pids mean anything. */
  readonly boot: string;
  readonly pids: string;
  readonly writer: ProcessMark;
  /** Whether new workers lead a process group; not where the file does not say it. */
  readonly killGroup: boolean;
  /**
   * The time of the start of the first ssd that had these listeners, as in a mark: nobody can hold them for longer. The file
   * need not say it if that is the writer.
   */
  readonly since: string;
  /** When this was written, as the time of a start; null where the file does not say it. */
  readonly writtenAt: string | null;
  /** The number of the newest generation. */
  readonly last: number;
  /** How many workers were wanted, and how many the options had asked for. */
  readonly workers: {readonly wanted: number; readonly asked: number};
  /** What tells a worker to finish when ssd stops, without `SIG`. */
  readonly stopSignal: string;
  /** Which of the services of its program this is; null where the file does not say it. */
  readonly service: string | null;
  readonly good: StatePinned | null;
  readonly former: StatePinned | null;
  readonly generations: readonly StateGeneration[];
  readonly listeners: readonly StateListener[];
};

/**
 * No two control sockets share one: `web` and `web.sock` are two.
 *
 * @example statePath('/run/ssd/web.sock') // '/run/ssd/web.sock.state'
 */
export function statePath(control: string): string {
  return `${control}${STATE_SUFFIX}`;
}
