/** The workers of a simulation: which ones live, and what becomes of those that are signalled. */
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Ending} from '../../../src/shared/protocol/event.js';
import type {Fact, UntimedInput} from './agenda.js';
import {exitOf, type Fate, factsOf, HEALTHY} from './fate.js';
import {type Address, keyOf} from './story.js';

export type LivingWorker = Address & {
  readonly pid: number;
  readonly spawnedAt: number;
  readonly told: boolean;
  /** Whether it has said that it is ready. */
  readonly said: boolean;
  /** Whether the process that was spawned lives, and not only what is left of its group. */
  readonly leads: boolean;
  /** What was refused last. */
  readonly refused: 'tell' | 'kill' | null;
  /** It was sent SIGKILL, and will die of it in the end. */
  readonly killed?: true;
  /** Its ssd has died. The next one hears of its end only. */
  readonly adopted?: true;
};

type World = {
  readonly now: () => number;
  readonly plan: (inMs: number, fact: Fact) => void;
  /** Nothing more that was planned for a worker happens. With `echoes` some of it is still reported. */
  readonly end: (key: string, echoes: boolean) => void;
  readonly submit: (input: UntimedInput) => void;
};
type EffectOf<T extends Effect['type']> = Extract<Effect, {type: T}>;

export const KILLED: Ending = {type: 'signalled', signal: 'KILL'};

export class Population {
  /** The fates of the next workers, in the order of their spawns; after the last one all are healthy. */
  fates: readonly Fate[];
  /** The workers whose spawn has been reported, and whose end has not. */
  readonly alive = new Map<string, LivingWorker>();
  readonly #world: World;
  readonly #fates = new Map<string, Fate>();
  #nextPid = 100;

  constructor(fates: readonly Fate[], world: World) {
    this.fates = fates;
    this.#world = world;
  }

  /** @param change what its release changes of its fate */
  spawn(address: Address, says: boolean, change: Partial<Fate>): void {
    const [planned = HEALTHY, ...later] = this.fates;
    const fate = {...planned, ...change};
    this.fates = later;
    this.#fates.set(keyOf(address), fate);
    const pid = this.#nextPid++;
    for (const {inMs, fact} of factsOf(fate, {...address, pid, says})) this.#world.plan(inMs, fact);
  }

  /** A worker has said that it is ready. */
  hear(address: Address): void {
    const key = keyOf(address);
    const worker = this.alive.get(key);
    if (worker) this.alive.set(key, {...worker, said: true});
  }

  /** @returns what ssd learns of this fact */
  take(fact: Fact): Fact {
    const key = keyOf(fact);
    const {generation, worker} = fact;
    const known = this.alive.get(key);
    if (fact.type === 'spawned') {
      const {pid} = fact;
      const rest = {spawnedAt: this.#world.now(), told: false, said: false, leads: true, refused: null};
      this.alive.set(key, {generation, worker, pid, ...rest});
    }
    if (fact.type !== 'exited') return fact;
    const fate = this.#fates.get(key) ?? HEALTHY;
    if (known?.leads && fate.remains !== null) {
      this.alive.set(key, {...known, leads: false, told: false, refused: null});
      this.#world.end(key, false);
      // The kill of the leader reached its group too.
      if (fate.kills <= 0) this.#world.plan(30, exitOf({generation, worker}, 0));
      return {...fact, type: 'leader-ended'};
    }
    this.alive.delete(key);
    this.#world.end(key, fate.echoes);
    return fact;
  }

  /**
   * ssd has died. Nobody takes over what may not be signalled, what is dying, or what is left of a group.
   *
   * @returns the keys of those that can be taken over
   */
  outlive(): ReadonlySet<string> {
    for (const [key, worker] of [...this.alive]) {
      const fate = this.#fates.get(key) ?? HEALTHY;
      this.alive.delete(key);
      if (!worker.leads || worker.killed || fate.refuses !== null) continue;
      this.alive.set(key, {...worker, adopted: true});
      this.#fates.set(key, {...fate, remains: null, echoes: false});
    }
    return new Set(this.alive.keys());
  }

  signal({generation, worker: id, signal}: EffectOf<'signal'>): void {
    const address = {generation, worker: id};
    const key = keyOf(address);
    const worker = this.alive.get(key);
    const {refuses, lingersMs, remains} = this.#fates.get(key) ?? HEALTHY;
    if (!worker) return;
    this.alive.set(key, {...worker, told: true, refused: refuses && 'tell'});
    if (refuses) {
      this.#world.submit({type: 'signal-refused', ...address, signal, cause: 'EPERM'});
      return;
    }
    const inMs = worker.leads ? lingersMs : remains;
    if (!worker.told && inMs !== null && inMs !== 'stays') this.#world.plan(inMs, exitOf(address, 0));
  }

  kill({generation, worker: id}: EffectOf<'kill'>): void {
    const address = {generation, worker: id};
    const key = keyOf(address);
    const fate = this.#fates.get(key);
    const worker = this.alive.get(key);
    if (!fate || !worker) return;
    this.alive.set(key, {...worker, refused: fate.refuses === 'all' ? 'kill' : null});
    if (fate.refuses === 'all') {
      this.#world.submit({type: 'signal-refused', ...address, signal: 'KILL', cause: 'EPERM'});
      return;
    }
    this.alive.set(key, {...worker, refused: null, killed: true});
    this.#fates.set(key, {...fate, kills: fate.kills - 1});
    if (fate.kills !== 1 && worker.leads) return;
    this.#world.plan(fate.killedMs, {type: 'exited', ...address, ending: KILLED, hint: null});
  }

  forward({token, signal, pids}: EffectOf<'forward-signal'>): void {
    const refusing = [...this.alive].filter(([key]) => this.#fates.get(key)?.refuses).map(([, {pid}]) => pid);
    const refused = pids.filter(pid => refusing.includes(pid)).map(pid => ({pid, cause: 'EPERM'}));
    const sent = pids.filter(pid => !refusing.includes(pid));
    this.#world.submit({type: 'signal-sent', token, signal, pids: sent, refused});
  }
}
