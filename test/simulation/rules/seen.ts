/** What was observed of a simulated ssd so far, apart from its model. */
import type {Adopted} from '../../../src/daemon/core/adoption/adopted.js';
import type {LivingWorker} from '../world/population.js';
import type {Simulation} from '../world/simulation.js';

/** What the rules are checked against. */
export type World = Pick<Simulation, 'now' | 'model' | 'alive' | 'foresee'>;

/** Those that ssd may not kill. */
export function outOfReach({alive}: Pick<World, 'alive'>): readonly LivingWorker[] {
  return [...alive.values()].filter(({refused}) => refused === 'kill');
}

export type Asked = {
  readonly at: number;
  /** The newest generation at that time. */
  readonly last: number;
  /** How many attempts it may cost; null: any number. */
  readonly budget: number | null;
  answers: number;
};

/** A release, or whatever the link says. */
export type Wished = {readonly release: string | null};

export type Seen = {
  /** Whether slow checks run too. */
  readonly isCareful: boolean;
  readonly asked: Map<string, Asked>;
  lastSpawnAt: number;
  /** No spawn before this moment. */
  pauseUntil: number;
  newestReady: number;
  /** The generations that failed to start, were lost, or were cancelled. */
  readonly failed: Set<number>;
  /** The pids of workers that were not ready in time. */
  readonly givenUp: Set<number>;
  /** When workers were first told to finish, and last killed. */
  readonly told: Map<string, number>;
  readonly killed: Map<string, number>;
  /** The moment until which each replaced generation is left alone. */
  readonly delays: Map<number, number>;
  stopped: boolean;
  /** The newest generation when somebody last asked to try without end. */
  persistsFrom: number;
  /** The generations that failed to start, in their order. */
  failedStarts: readonly number[];
  /** Those of them that ssd started of itself, because nothing was current. */
  failedRecoveries: readonly number[];
  /** When each generation became ready, and how many were lost in a row soon after that. */
  readonly readyAts: Map<number, number>;
  relapses: number;
  /** When the pause that goes on ends at the latest. */
  pausedUntil: number;
  /** A client has asked for generations that overlap. */
  overlaps: boolean;
  /** ssd has found that the next generation can start. */
  canStart: boolean;
  /** The workers to which a signal was refused. */
  readonly refusing: Set<string>;
  /** The generation that was lost last. */
  lastLost: number;
  /** What each client that waits for a restart wants brought up. */
  readonly wishes: Map<string, Wished>;
  /** Somebody who does not wait has asked for what the link says, and it may not be up. */
  goesOn: boolean;
  /** Whether a client has ever asked for another release than what the link says. */
  isMixed: boolean;
  /** The release from which each generation was spawned. */
  readonly releases: Map<number, string>;
  /** The generations that ssd has started of itself. */
  readonly own: Set<number>;
  /** The release that is to run, and the one that ran before it. */
  pinnedTo: string | null;
  pinnedBefore: string | null;
  /** The current generation is lost, and nothing was spawned since. */
  isLost: boolean;
  /** The trial that goes on, as it was told. `old` null: it is lost. */
  trial: {readonly generation: number; readonly old: number | null; readonly until: number} | null;
  /** The generations whose trial was not over when a later one took their place. */
  readonly superseded: Set<number>;
  /** The check that runs, how many have ended in this trial, and how many of the last have failed. */
  checking: string | null;
  checks: number;
  failedChecks: number;
  nextCheckAt: number;
  /** The current generation has failed its trial, and no other one serves. */
  isAdrift: boolean;
  /** The worker that is replaced because of its memory, and its successor at the same place, by their ids. */
  replacing: {readonly generation: number; readonly heavy: number; readonly successor: number} | null;
  /** What a client has last asked for with `scale`; null: nobody did. */
  scaledTo: number | null;
  /** What this ssd has taken over; null: nothing. */
  adopted: Adopted | null;
  /** Whether a client has ever asked for a restart, with a number of attempts of its own. */
  isWaitedFor: boolean;
};

export function createSeen(isCareful: boolean): Seen {
  return {
    isCareful,
    asked: new Map(),
    lastSpawnAt: Number.NEGATIVE_INFINITY,
    pauseUntil: Number.NEGATIVE_INFINITY,
    newestReady: 0,
    failed: new Set(),
    givenUp: new Set(),
    told: new Map(),
    killed: new Map(),
    delays: new Map(),
    stopped: false,
    persistsFrom: 0,
    failedStarts: [],
    failedRecoveries: [],
    wishes: new Map(),
    goesOn: false,
    isMixed: false,
    releases: new Map(),
    own: new Set(),
    pinnedTo: null,
    pinnedBefore: null,
    isLost: false,
    trial: null,
    superseded: new Set(),
    checking: null,
    checks: 0,
    failedChecks: 0,
    nextCheckAt: 0,
    isAdrift: false,
    replacing: null,
    isWaitedFor: false,
    scaledTo: null,
    adopted: null,
    readyAts: new Map(),
    relapses: 0,
    pausedUntil: 0,
    overlaps: false,
    canStart: false,
    refusing: new Set(),
    lastLost: 0,
  };
}

export function waitingOf({asked}: Seen): readonly string[] {
  return [...asked].filter(([, {answers}]) => answers === 0).map(([token]) => token);
}

export function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken: ${rule}`);
}

export function copySeen(seen: Seen): Seen {
  return {
    ...seen,
    asked: new Map([...seen.asked].map(([token, asked]) => [token, {...asked}])),
    failed: new Set(seen.failed),
    givenUp: new Set(seen.givenUp),
    refusing: new Set(seen.refusing),
    told: new Map(seen.told),
    killed: new Map(seen.killed),
    delays: new Map(seen.delays),
    wishes: new Map(seen.wishes),
    releases: new Map(seen.releases),
    own: new Set(seen.own),
    superseded: new Set(seen.superseded),
    readyAts: new Map(seen.readyAts),
  };
}
