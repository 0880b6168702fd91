/**
 * A world for the pure core: a clock that moves by hand, and workers whose fate is written down beforehand.
 *
 *     submit(event) ─▶ step ─▶ effects ─▶ workers and timer ─▶ facts that are due later
 *                       ▲                                             │
 *                       └───────────── advance(ms) ◀──────────────────┘
 *
 * `submit` only takes the event; what follows from it, even at the same moment, happens in `advance`.
 */
import {createModel, type Model} from '../../src/daemon/core/model.js';
import {step} from '../../src/daemon/core/supervisor.js';
import type {Effect, Event, Settings, Tunables} from '../../src/daemon/core/types.js';
import type {Ending, StopSignal} from '../../src/shared/happening.js';
import type {Until} from '../../src/shared/verdict.js';
import {type Fate, HEALTHY} from './fate.js';
import {type Address, describeEffect, keyOf} from './story.js';

type WithoutNow<E> = E extends Event ? Omit<E, 'now'> : never;
type EventOf<T extends Event['type']> = WithoutNow<Extract<Event, {type: T}>>;
export type Input = WithoutNow<Event>;
type Fact = {
  readonly at: number;
  readonly key: string;
  readonly event: EventOf<'spawned' | 'spawn-failed' | 'ready' | 'exited'>;
};
export type LivingWorker = Address & {readonly pid: number; readonly told: boolean};
export type Observed = {
  readonly now: number;
  readonly before: Model;
  readonly event: Event;
  readonly model: Model;
  readonly effects: readonly Effect[];
};
export type Options = Settings & Tunables & {readonly workers: number; readonly fates: readonly Fate[]};

const DEFAULTS: Options = {
  workers: 1,
  intervalMs: 1000,
  maxIntervalMs: null,
  readiness: {by: 'interval'},
  stopTimeoutMs: null,
  maxRetiring: null,
  rolling: null,
  signalOnHup: 'HUP',
  signalOnTerm: 'QUIT',
  killOldDelayMs: 0,
  autoRestartMs: null,
  fates: [],
};
const KILLED: Ending = {type: 'signalled', signal: 'KILL'};
/** More events than any test needs: the core goes round in circles. */
const TOO_MANY = 10_000;

export class Simulation {
  now = 0;
  model: Model;
  timerAt: number | null = null;
  /** The fates of the next workers, in the order of their spawns; after the last one all are healthy. */
  fates: readonly Fate[];
  /** Called after every step, before its effects are performed. */
  observe: (observed: Observed) => void = () => {};
  /** The workers whose spawn has been reported, and whose end has not. */
  readonly alive = new Map<string, LivingWorker>();
  readonly #fates = new Map<string, Fate>();
  #facts: readonly Fact[] = [];
  #story: readonly string[] = [];
  #nextPid = 100;

  constructor(options: Partial<Options> = {}) {
    const {fates, workers, killOldDelayMs, autoRestartMs, ...settings} = {...DEFAULTS, ...options};
    this.model = createModel(settings, {killOldDelayMs, autoRestartMs}, workers);
    this.fates = fates;
  }

  /** Takes one event at the present moment. */
  submit(input: Input): void {
    const before = this.model;
    const event: Event = {...input, now: this.now};
    const {model, effects} = step(before, event);
    this.model = model;
    this.observe({now: this.now, before, event, model, effects});
    for (const effect of effects) this.#perform(effect);
  }

  boot(): void {
    this.submit({type: 'boot'});
  }

  hup(): void {
    this.submit({type: 'restart', by: 'signal', asker: null});
  }

  /** A control request; `attempts` null: wait until a generation is ready. */
  ask(token: string, attempts: number | null = 1, until: Until = 'gone'): void {
    this.submit({type: 'restart', by: 'request', asker: {token, attemptsLeft: attempts, until}});
  }

  stop(signal: StopSignal, token: string | null = null, killAfterMs: number | null = null): void {
    this.submit({type: 'stop', signal, token, killAfterMs});
  }

  /** A worker dies, whatever its fate was. */
  kill({generation, worker}: Address): void {
    this.#take({type: 'exited', generation, worker, ending: KILLED, hint: null});
  }

  /** Lets time pass; all that falls due happens in the order of time, at a tie the worker before the timer. */
  advance(ms: number): void {
    const until = this.now + ms;
    this.#happenUntil(until);
    this.now = until;
  }

  /** Lets time pass until nothing more will happen. */
  rest(): void {
    this.#happenUntil(Number.POSITIVE_INFINITY);
  }

  /** What was done since the last call, one line an effect; timers, status lines and news are left out. */
  story(): readonly string[] {
    const story = this.#story;
    this.#story = [];
    return story;
  }

  #nextAt(): number | null {
    const due = [...this.#facts.map(fact => fact.at), ...(this.timerAt === null ? [] : [this.timerAt])];
    return due.length === 0 ? null : Math.max(this.now, Math.min(...due));
  }

  #happenUntil(until: number): void {
    for (let events = 0; this.#happenNext(until); events++) {
      if (events > TOO_MANY) throw new Error('the core never comes to rest');
    }
  }

  #happenNext(until: number): boolean {
    const at = this.#nextAt();
    if (at === null || at > until) return false;
    this.now = at;
    const fact = this.#facts.find(candidate => candidate.at <= at);
    if (fact) {
      this.#facts = this.#facts.filter(other => other !== fact);
      this.#take(fact.event);
    } else {
      this.timerAt = null;
      this.submit({type: 'deadline'});
    }
    return true;
  }

  #take(event: Fact['event']): void {
    const key = keyOf(event);
    const {generation, worker} = event;
    if (event.type === 'spawned') this.alive.set(key, {generation, worker, pid: event.pid, told: false});
    if (event.type === 'exited') {
      this.alive.delete(key);
      this.#facts = this.#facts.filter(fact => fact.key !== key);
    }
    this.submit(event);
  }

  #perform(effect: Effect): void {
    const line = describeEffect(effect);
    if (line) this.#story = [...this.#story, `${this.now} ${line}`];
    if (effect.type === 'set-timer') this.timerAt = effect.at;
    if (effect.type === 'signal') this.#signal(effect);
    if (effect.type === 'kill') this.#kill(effect);
    if (effect.type !== 'spawn') return;
    for (const {id} of effect.places) this.#spawn({generation: effect.generation, worker: id});
  }

  #spawn(address: Address): void {
    const [fate = HEALTHY, ...later] = this.fates;
    this.fates = later;
    const pid = this.#nextPid++;
    if (fate.cause !== null) {
      this.#plan(fate.spawnMs, {type: 'spawn-failed', ...address, cause: fate.cause});
      return;
    }
    this.#plan(fate.spawnMs, {type: 'spawned', ...address, pid});
    this.#fates.set(keyOf(address), fate);
    const {readyMs} = fate;
    if (this.model.settings.readiness.by === 'signal' && readyMs !== null) {
      this.#plan(fate.spawnMs + readyMs, {type: 'ready', ...address});
    }
    if (fate.livesMs !== null) this.#planExit(fate.spawnMs + fate.livesMs, address, 1);
  }

  #signal({generation, worker: index}: Address): void {
    const address = {generation, worker: index};
    const key = keyOf(address);
    const worker = this.alive.get(key);
    if (!worker || worker.told) return;
    this.alive.set(key, {...worker, told: true});
    const {lingersMs} = this.#fates.get(key) ?? HEALTHY;
    if (lingersMs !== null) this.#planExit(lingersMs, address, 0);
  }

  #kill({generation, worker}: Address): void {
    const key = keyOf({generation, worker});
    const fate = this.#fates.get(key);
    if (!fate || !this.alive.has(key)) return;
    this.#fates.set(key, {...fate, kills: fate.kills - 1});
    if (fate.kills === 1) this.#plan(0, {type: 'exited', generation, worker, ending: KILLED, hint: null});
  }

  #planExit(inMs: number, address: Address, code: number): void {
    this.#plan(inMs, {type: 'exited', ...address, ending: {type: 'exited', code}, hint: null});
  }

  #plan(inMs: number, event: Fact['event']): void {
    const fact = {at: this.now + inMs, key: keyOf(event), event};
    this.#facts = [...this.#facts, fact].sort((a, b) => a.at - b.at);
  }
}

/** A world in which the first generation has been ordered. */
export function booted(options: Partial<Options> = {}): Simulation {
  const simulation = new Simulation(options);
  simulation.boot();
  return simulation;
}

/** A world in which the first generation is ready, and complete; the story begins here. */
export function serving(options: Partial<Options> = {}): Simulation {
  const simulation = booted(options);
  const {intervalMs, rolling} = simulation.model.settings;
  simulation.advance(rolling === null ? intervalMs : 2 * intervalMs);
  simulation.story();
  return simulation;
}

/** Collects the effects of one type from now on. */
export function collect<T extends Effect['type']>(
  simulation: Simulation,
  type: T,
): Extract<Effect, {type: T}>[] {
  const collected: Extract<Effect, {type: T}>[] = [];
  const isWanted = (effect: Effect): effect is Extract<Effect, {type: T}> => effect.type === type;
  simulation.observe = ({effects}) => collected.push(...effects.filter(isWanted));
  return collected;
}
