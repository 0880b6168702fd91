/**
 * Everything ssd knows, as plain data: `JSON.parse(JSON.stringify(model))` is the same model, so it can be
 * simulated, shown by `status`, and handed to a successor process whole.
 */
import type {StopSignal} from '../../shared/protocol.js';
import {
  deadlineOf,
  type Generation,
  type Gone,
  type Loss,
  pidsOf,
  type Ready,
  type Starting,
} from './generation.js';
import type {Asker, Settings, StatusLine, Tunables} from './types.js';

export type Living = Exclude<Generation, Gone>;

/** Somebody who waits for the verdict of a restart. */
export type Waiter = Asker & {readonly askedAt: number; readonly attempts: number};

/** A restart that has no ready generation yet: it has an incoming one, or will at `notBefore`. */
export type Restart = {
  readonly waiters: readonly Waiter[];
  /** Try without end, whoever waits: SIGHUP, the first start, a lost generation. */
  readonly endless: boolean;
  readonly attempts: number;
};

/** A restart whose generation is ready, and which ends when the generations it replaced are gone. */
export type Finishing = {
  readonly waiters: readonly Waiter[];
  readonly generation: number;
  readonly pids: readonly number[];
  readonly readyAt: number;
  readonly replaced: readonly number[];
};

export type Failure = Loss & {
  readonly what: 'start-failed' | 'lost';
  readonly generation: number;
  readonly attempt: number;
};

export type Wanted =
  | {readonly state: 'running'}
  | {
      readonly state: 'stopped';
      /** Those that have come: each is passed on to the workers once. */
      readonly signals: readonly StopSignal[];
      readonly tokens: readonly string[];
    };

export type Model = {
  readonly settings: Settings;
  readonly tunables: Tunables;
  readonly wanted: Wanted;
  /** The number of the newest generation; 0 before the first. */
  readonly last: number;
  readonly lastSpawnAt: number;
  /** No spawn before this moment: the pause after a failed start or a lost generation. */
  readonly notBefore: number;
  /** False until one worker has run: a program that cannot be executed at all is refused, not retried. */
  readonly everRan: boolean;
  /** In the order of their numbers. */
  readonly generations: readonly Living[];
  readonly restart: Restart | null;
  /** The one more restart that follows when `restart` has ended. */
  readonly following: Restart | null;
  readonly finishing: readonly Finishing[];
  /** The last few things that went wrong, the oldest first. */
  readonly failures: readonly Failure[];
  readonly timerAt: number | null;
  readonly statusLines: readonly StatusLine[];
  readonly ended: boolean;
};

/** The model before `boot`. */
export function createModel(settings: Settings, tunables: Tunables): Model {
  return {
    settings,
    tunables,
    wanted: {state: 'running'},
    last: 0,
    lastSpawnAt: 0,
    notBefore: 0,
    everRan: false,
    generations: [],
    restart: null,
    following: null,
    finishing: [],
    failures: [],
    timerAt: null,
    statusLines: [],
    ended: false,
  };
}

/** The generation that is ready and serves. */
export function currentOf(model: Model): Ready | undefined {
  return model.generations.find(generation => generation.phase === 'ready');
}

/** The generation that is starting. */
export function incomingOf(model: Model): Starting | undefined {
  return model.generations.find(generation => generation.phase === 'starting');
}

/** What the status file lists: the generations that serve or finish; one line a worker. */
export function statusLinesOf(model: Model): readonly StatusLine[] {
  return model.generations
    .filter(generation => generation.phase !== 'starting')
    .flatMap(generation => pidsOf(generation).map(pid => ({generation: generation.number, pid})));
}

/**
 * When an automatic restart is due, or null. While old generations are still finishing it waits for them,
 * but not longer than twice the interval (start_server 0.35 does the same).
 */
export function autoRestartAt(model: Model): number | null {
  const {autoRestartMs} = model.tunables;
  const current = currentOf(model);
  if (autoRestartMs === null || !current || model.restart || model.wanted.state === 'stopped') return null;
  const lingering = model.generations.some(generation => generation.phase === 'retiring');
  return current.readyAt + (lingering ? 2 : 1) * autoRestartMs;
}

/** The earliest moment at which something is due, or null. */
export function nextDeadline(model: Model): number | null {
  const waiting = model.restart && !incomingOf(model) && model.wanted.state === 'running';
  const due = [
    ...model.generations.map(deadlineOf),
    autoRestartAt(model),
    waiting ? model.notBefore : null,
  ].filter(at => at !== null);
  return due.length === 0 ? null : Math.min(...due);
}
