/**
 * Everything that the core knows, as plain data. `JSON.parse(JSON.stringify(model))` is the same model. So a simulation
 * can compare and keep models, and a test can write one down.
 */
import type {StopSignal} from '../../shared/protocol/event.js';
import {
  type LivingGeneration,
  pidsOf,
  type ReadyGeneration,
  type RetiringGeneration,
  type StartingGeneration,
} from './generation-state.js';
import type {Replacement} from './memory/heavy.js';
import type {Pinned, Wish} from './release/origin.js';
import type {Trial} from './trial/trial.js';
import type {Asker, Effect, Settings, StatusLine, Tunables} from './types.js';
import type {Pause} from './vacancy/vacancy.js';
import type {Report} from './views/views.js';
import {type Farewell, farewellBy, isRefused, isUntold, type PastFailure} from './worker/worker-state.js';

/** A client that waits for the verdict of a restart. */
export type Waiter = Asker & {readonly askedAt: number; readonly attempts: number};

/** A restart that has no ready generation yet. Its generation is incoming, or comes after a pause. */
export type Restart = {
  /** Which one it is, for those who look at the model from outside. 0: it has not been in the model after a step yet. */
  readonly number: number;
  readonly waiters: readonly Waiter[];
  /**
   * Try until a start succeeds, whether or not anybody waits. SIGHUP, the first start and a lost generation ask for
   * that.
   */
  readonly endless: boolean;
  /** How many attempts have failed since the last endless request. `--max-attempts` limits this number. */
  readonly tries: number;
  /** The attempts that are still owed to clients that have hung up. */
  readonly owed: number;
  readonly attempts: number;
  readonly wish: Wish;
  /** How long its generation will be on trial. */
  readonly bakeMs: number;
  /** Its generation starts when no other is left (`--order=stop-first`). */
  readonly stopFirst: boolean;
  /** Whether its workers could start was asked, and has been found out, before room is made for them. */
  readonly look: 'asked' | 'passed' | null;
  /** The generations that were told to finish to make room for it. */
  readonly stopped: readonly number[];
  /** How many of the requests still wait for the end of an attempt. */
  readonly undecided: number;
  /** When its first attempt failed; null: none has. */
  readonly failingSince: number | null;
  /** The end of the pause, which grows with the attempts. A new request does not wait for it. */
  readonly notBefore: number;
};

/** A restart whose generation is ready. It ends when the generations it replaced are gone. */
export type Finishing = {
  /** That of the restart. */
  readonly number: number;
  readonly waiters: readonly Waiter[];
  readonly generation: number;
  readonly pids: readonly number[];
  readonly readyAt: number;
  readonly replaced: readonly number[];
  readonly release: string | null;
};

export type Wanted =
  | {readonly state: 'running'}
  | {
      readonly state: 'stopped';
      /** The stop signals that have come. ssd passes each of them on to the workers once. */
      readonly signals: readonly StopSignal[];
      readonly tokens: readonly string[];
    };

export type Model = {
  readonly settings: Settings;
  readonly tunables: Tunables;
  readonly wanted: Wanted;
  /** How many workers a generation should have, at least 1. */
  readonly workers: number;
  /** The number of the newest generation; 0 before the first. */
  readonly last: number;
  /** The number of the newest restart; 0 before the first. */
  readonly lastRestart: number;
  readonly lastSpawnAt: number;
  /** No spawn happens before this moment: the shortest pause after a failed start or a lost worker. */
  readonly notBefore: number;
  /**
   * False until one worker has run. Until then ssd refuses a program that cannot be executed, instead of retrying it.
   */
  readonly everRan: boolean;
  /** In the order of their numbers. */
  readonly generations: readonly LivingGeneration[];
  readonly restart: Restart | null;
  /** The one restart that follows when `restart` has ended. */
  readonly following: Restart | null;
  readonly finishing: Finishing | null;
  /** The current generation is on trial. */
  readonly trial: Trial | null;
  /** The worker that is being replaced because of its memory. Its place has two workers meanwhile. */
  readonly replacement: Replacement | null;
  /** ssd's own restart, from the release that was good, while no generation is current. It comes before `restart`. */
  readonly recovery: Restart | null;
  /** The last generation that was good, and the last one before it that had another release. null without `--release`. */
  readonly good: Pinned | null;
  readonly former: Pinned | null;
  /** No worker is to run for a while. */
  readonly paused: Pause | null;
  /** The tokens of clients that wait until the current generation has exactly `workers` ready workers. */
  readonly scaling: readonly string[];
  /** The generations in a row that were lost soon after they were ready, and when the first of them was. */
  readonly relapses: {readonly count: number; readonly since: number} | null;
  /** The newest generation that took over from one that served, or null. */
  readonly successor: number | null;
  /** The processes that the operator's last signal reached. */
  readonly signalled: readonly number[];
  /** The most recent failures, the oldest first. */
  readonly failures: readonly PastFailure[];
  readonly timerAt: number | null;
  readonly statusLines: readonly StatusLine[];
  /** What the service manager was told last. */
  readonly reported: Report | null;
  readonly ended: boolean;
};

/** The model after a step, and the effects that the shell must perform. */
export type Step = {readonly model: Model; readonly effects: readonly Effect[]};

/** A generation that has been ready for this long counts as settled. Its loss is not part of a crash loop. */
export const SETTLED_MS = 10_000;

/** Used when `--stop-timeout` is not set. */
const GRACE_MS = 10_000;

/** The model before `boot`. */
export function createModel(settings: Settings, tunables: Tunables, workers: number): Model {
  return {
    settings,
    tunables,
    workers,
    wanted: {state: 'running'},
    last: 0,
    lastRestart: 0,
    lastSpawnAt: 0,
    notBefore: 0,
    everRan: false,
    generations: [],
    restart: null,
    following: null,
    finishing: null,
    trial: null,
    replacement: null,
    recovery: null,
    good: null,
    former: null,
    paused: null,
    scaling: [],
    relapses: null,
    successor: null,
    signalled: [],
    failures: [],
    timerAt: null,
    statusLines: [],
    reported: null,
    ended: false,
  };
}

/** The generation that is ready, or undefined. */
export function currentOf(model: Model): ReadyGeneration | undefined {
  return model.generations.find(generation => generation.phase === 'ready');
}

/** The generation that is starting, or undefined. */
export function incomingOf(model: Model): StartingGeneration | undefined {
  return model.generations.find(generation => generation.phase === 'starting');
}

/** The generations that were replaced, the newest first. */
export function retiringOf(model: Model): readonly RetiringGeneration[] {
  return model.generations.filter(generation => generation.phase === 'retiring').reverse();
}

/**
 * The generations that serve: the current one, and older ones with workers that are not yet told to finish. In the
 * order of their numbers.
 */
export function servingOf(model: Model): readonly LivingGeneration[] {
  return model.generations.filter(
    generation => generation.phase !== 'starting' && generation.workers.some(isUntold),
  );
}

/** How many places of the current generation have a ready worker. */
export function readyPlaces(model: Model): number {
  const workers = currentOf(model)?.workers ?? [];
  return workers.filter(({phase, index}) => phase === 'ready' && index < model.workers).length;
}

/** How many workers a restart replaces at a time. */
export function batchSize({settings, workers}: Model): number {
  return Math.min(settings.rolling ?? workers, workers);
}

/** How many attempts have failed of the start or restart that goes on. */
export function failedAttempts(model: Model): number {
  const recovers = incomingOf(model)?.recovers;
  return failedOf(model.restart, recovers === false) + failedOf(model.recovery, recovers === true);
}

function failedOf(restart: Restart | null, isUnderWay: boolean): number {
  if (!restart || restart.failingSince === null) return 0;
  return restart.attempts - (isUnderWay ? 1 : 0);
}

/** How many workers live. One that cannot be told to finish does not count: it may stay for ever. */
export function livingWorkers({generations}: Model): number {
  return generations.flatMap(({workers}) => workers.filter(one => !isRefused(one))).length;
}

/** The restart to which the incoming generation belongs, or null. */
export function underWay(model: Model): Restart | null {
  const incoming = incomingOf(model);
  if (!incoming) return null;
  return incoming.recovers ? model.recovery : model.restart;
}

/** How a worker that served is told to finish. */
export function farewellOf({settings: {signalOnHup, stopTimeoutMs}}: Model): Farewell {
  return farewellBy(signalOnHup, stopTimeoutMs);
}

/** How long a worker that never served may take to finish before ssd kills it, in milliseconds. */
export function graceOf({settings}: Model): number {
  return settings.stopTimeoutMs ?? GRACE_MS;
}

/** The lines of the status file: one for each worker of the generations that serve or finish. */
export function statusLinesOf(model: Model): readonly StatusLine[] {
  const lines: StatusLine[] = [];
  for (const generation of model.generations) {
    if (generation.phase === 'starting') continue;
    for (const pid of pidsOf(generation)) lines.push({generation: generation.number, pid});
  }
  return lines;
}
