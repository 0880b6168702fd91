/** What `status` shows. Part of the protocol. */
import type {Death} from './event.js';
import type {Problem} from './problem.js';

export type SocketType = 'tcp' | 'udp' | 'unix';

/** A listener as `status` shows it. `address` is what is bound in fact (port 0 resolved). */
export type ListenerStatus = {
  readonly name: string;
  readonly fd: number;
  readonly type: SocketType;
  readonly address: string;
  /** Connections that wait to be accepted, and how many may; null for what the kernel does not tell it of. */
  readonly queue: {readonly waiting: number; readonly limit: number} | null;
};

export type WorkerPhase = 'pending' | 'starting' | 'ready' | 'retiring';

export type WorkerStatus = {
  readonly phase: WorkerPhase;
  /** Its place among its fellows, from 0; `SSD_WORKER_INDEX`. */
  readonly index: number;
  readonly pid: number | null;
  readonly ageMs: number;
  /** How often the worker at this place was replaced within its generation. */
  readonly restarts: number;
  /** What it says of itself by `STATUS=`. */
  readonly text: string | null;
  /** It has said that it is finishing. */
  readonly stopping: boolean;
  /** Its share of memory (PSS) and the processor time it has used; null where the system does not tell. */
  readonly memoryBytes: number | null;
  readonly cpuMs: number | null;
};

export type GenerationStatus = {
  readonly generation: number;
  readonly phase: 'starting' | 'ready' | 'retiring';
  readonly ageMs: number;
  readonly workers: readonly WorkerStatus[];
};

/** One of the last things that went wrong; `what` tells a start that failed from a serving worker lost. */
export type FailureStatus = Death & {readonly what: 'start-failed' | 'lost'; readonly agoMs: number};

/** Raised when something in the shape of `Status` is renamed, removed or changes its meaning. */
export const STATUS_VERSION = 1;

/** The result of `status`. */
export type Status = {
  readonly statusVersion: number;
  readonly instance: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly wanted: 'running' | 'stopped';
  /** How many workers a generation is to have. */
  readonly workers: number;
  readonly program: readonly string[];
  /** The file that `--log-file` names, as an absolute path; null for none, and for a command. */
  readonly logFile: string | null;
  readonly current: number | null;
  readonly incoming: number | null;
  readonly listeners: readonly ListenerStatus[];
  readonly generations: readonly GenerationStatus[];
  readonly failures: readonly FailureStatus[];
  /** What is wrong now and lasts, the oldest first. */
  readonly problems: readonly Problem[];
};
