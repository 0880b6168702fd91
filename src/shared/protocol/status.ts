/** The result of `status`. It is part of the protocol. */
import type {Death, WithRelease} from './event.js';
import type {Problem} from './problem.js';
import type {Releases} from './releases.js';

export type SocketType = 'tcp' | 'udp' | 'unix';

/** A listener in the status. `address` is the bound address, with port 0 resolved. */
export type ListenerStatus = {
  readonly name: string;
  readonly fd: number;
  readonly type: SocketType;
  readonly address: string;
  /** Connections that wait to be accepted, and how many may wait. null for UDP, or if the kernel does not report them. */
  readonly queue: {readonly waiting: number; readonly limit: number} | null;
  /** Memory that waiting datagrams take, and how much they may take, in bytes. null for all but UDP. */
  readonly buffer: {readonly bytes: number; readonly limit: number} | null;
  /** Packets of new connections, or datagrams, that the kernel has dropped since ssd bound it. null if it does not tell. */
  readonly drops: number | null;
};

export type WorkerPhase = 'pending' | 'starting' | 'ready' | 'retiring' | 'lingering';

export type WorkerStatus = {
  readonly phase: WorkerPhase;
  /** The place of the worker in its generation, from 0: `SSD_WORKER_INDEX`. */
  readonly index: number;
  readonly pid: number | null;
  readonly ageMs: number;
  /** How long ago it was told to finish, or was killed. null if it was not. */
  readonly retiringMs: number | null;
  /** How often the generation has replaced the worker at this place. */
  readonly restarts: number;
  /** The text that the worker sent with `STATUS=`. */
  readonly text: string | null;
  /** Whether the worker has said that it is finishing. */
  readonly stopping: boolean;
  /** Whether the process is stopped, by SIGSTOP or by a terminal (SIGTTIN), and does nothing. */
  readonly stopped: boolean;
  /** The worker's share of memory (PSS) and its processor time. null if the system does not report them. */
  readonly memoryBytes: number | null;
  readonly cpuMs: number | null;
  /** It takes more memory than `--max-memory` allows, with its descendants: its successor starts. Left out otherwise. */
  readonly tooHeavy?: {readonly bytes: number; readonly limit: number};
  /**
   * The connections that it has accepted and not closed, with those of its descendants, and how old the oldest is at least.
   * null if the system does not tell, or no listener takes connections.
   */
  readonly connections: number | null;
  readonly oldestConnectionMs: number | null;
};

export type GenerationStatus = WithRelease & {
  readonly generation: number;
  /** `held`: it serves beside its successor, which is on trial. */
  readonly phase: 'starting' | 'ready' | 'held' | 'retiring';
  readonly ageMs: number;
  /** An ssd that was killed started its workers, and this one has taken them over. Left out otherwise. */
  readonly adopted?: true;
  readonly workers: readonly WorkerStatus[];
};

/** A recent failure. `what` distinguishes a failed start from the loss of a serving worker. */
export type FailureStatus = Death & {
  readonly what: 'start-failed' | 'lost' | 'rejected';
  readonly agoMs: number;
};

/** Goes up when a member of `Status` is renamed, is removed or changes its meaning. */
export const STATUS_VERSION = 1;

/** The result of `status`. */
export type Status = {
  readonly statusVersion: number;
  readonly instance: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly wanted: 'running' | 'stopped';
  /** How many workers a generation should have. */
  readonly workers: number;
  readonly program: readonly string[];
  /** The absolute path of the file that `--log-file` names. null without a log file, and for a log command. */
  readonly logFile: string | null;
  /** The command that `--log-file` names. Left out without one. */
  readonly logCommand?: string;
  /** Where HTTP is served: `http://127.0.0.1:9090` or a path. Left out without `--http`. */
  readonly http?: string;
  /** No worker is to run for `leftMs` more at the most (`pause`). Left out otherwise. */
  readonly paused?: {readonly ageMs: number; readonly leftMs: number};
  /** The current generation is on trial. Left out otherwise. */
  readonly trial?: {
    readonly generation: number;
    /** The generation that comes back if it fails. null: it is lost. */
    readonly old: number | null;
    readonly ageMs: number;
    readonly leftMs: number;
    /** How many checks were started, and how many of the last have failed in a row. null: there is no check. */
    readonly checks: {readonly run: number; readonly failures: number | null} | null;
  };
  /** Left out without `--release`. */
  readonly release?: Omit<Releases, 'target' | 'runs'>;
  readonly current: number | null;
  readonly incoming: number | null;
  /**
   * A crash loop. Every attempt of the restart or start that is under way has failed so far, and ssd keeps trying; or
   * several generations in a row were lost within ten seconds of being ready. How many failed, and how long ago the
   * first of them did; otherwise null.
   */
  readonly failing: {readonly attempts: number; readonly agoMs: number} | null;
  readonly listeners: readonly ListenerStatus[];
  readonly generations: readonly GenerationStatus[];
  readonly failures: readonly FailureStatus[];
  /** The problems that last now, the oldest first. */
  readonly problems: readonly Problem[];
};
