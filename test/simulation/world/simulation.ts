/**
 * A world for the pure core: a clock that moves by hand, and workers whose fate is fixed beforehand.
 *
 *     submit(input) ─▶ step ─▶ effects ─▶ workers and timer ─▶ facts that are due later
 *                       ▲                                             │
 *                       └───────────── advance(ms) ◀──────────────────┘
 *
 * `submit` only takes the input. What follows from it happens in `advance`, even at the same moment. Things that are
 * due at the same moment happen in the order in which they were planned, the timer last. `tie` may choose another
 * order.
 */
import {createModel, type Model, type Step} from '../../../src/daemon/core/model.js';
import {step} from '../../../src/daemon/core/supervisor.js';
import type {Effect, Input, Tunables} from '../../../src/daemon/core/types.js';
import type {Ending, StopSignal} from '../../../src/shared/protocol/event.js';
import type {Until} from '../../../src/shared/protocol/verdict.js';
import {Agenda, type Fact, type Tie, type UntimedInput} from './agenda.js';
import {exitOf, type Fate, factsOf, HEALTHY} from './fate.js';
import {type Core, DEFAULTS, type Options} from './options.js';
import {type Address, describeEffect, keyOf} from './story.js';

export type LivingWorker = Address & {
  readonly pid: number;
  readonly spawnedAt: number;
  readonly told: boolean;
  /** Whether it has said that it is ready. */
  readonly said: boolean;
};
export type Observed = {
  readonly now: number;
  readonly before: Model;
  readonly event: Input;
  readonly model: Model;
  readonly effects: readonly Effect[];
};
const KILLED: Ending = {type: 'signalled', signal: 'KILL'};
const CORE: Core = {createModel, step};
/** More inputs than any test needs. Beyond that, the core goes round in circles. */
const TOO_MANY = 3000;

export class Simulation {
  now = 0;
  model: Model;
  /** The fates of the next workers, in the order of their spawns; after the last one all are healthy. */
  fates: readonly Fate[];
  /** Called after every step, before its effects are performed. */
  observe: (observed: Observed) => void = () => {};
  /** The workers whose spawn has been reported, and whose end has not. */
  readonly alive = new Map<string, LivingWorker>();
  readonly #step: Core['step'];
  readonly #agenda = new Agenda();
  readonly #fates = new Map<string, Fate>();
  #did: {readonly now: number; readonly effect: Effect}[] = [];
  #nextPid = 100;
  /** What ssd finds in its environment, which it reads before every spawn. */
  #tunables: Tunables;

  constructor(options: Partial<Options> = {}, core = CORE) {
    const {fates, workers, killOldDelayMs, autoRestartMs, ...settings} = {...DEFAULTS, ...options};
    this.#tunables = {killOldDelayMs, autoRestartMs};
    this.model = core.createModel(settings, this.#tunables, workers);
    this.#step = core.step;
    this.fates = fates;
  }

  get timerAt(): number | null {
    return this.#agenda.timerAt;
  }

  /** Which of the things that are due at the same moment happens first. */
  set tie(tie: Tie) {
    this.#agenda.tie = tie;
  }

  /** Takes one input at the present moment. */
  submit(input: UntimedInput): void {
    const before = this.model;
    const event: Input = {...input, now: this.now};
    if (event.type === 'environment') this.#tunables = event.tunables;
    if (event.type === 'ready') this.#hear(event);
    const {model, effects} = this.#step(before, event);
    this.model = model;
    this.observe({now: this.now, before, event, model, effects});
    for (const effect of effects) this.#perform(effect);
    // It goes to the end of the queue, as in the loop.
    if (effects.some(({type}) => type === 'spawn')) {
      this.submit({type: 'environment', tunables: this.#tunables});
    }
  }

  /** What an input would do at the present moment. */
  foresee(input: UntimedInput): Step {
    return this.#step(this.model, {...input, now: this.now});
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

  /** Lets time pass; all that falls due happens in the order of time. */
  advance(ms: number): void {
    const until = this.now + ms;
    this.#happenUntil(until);
    this.now = until;
  }

  /** ssd is stopped, or waits for the disk. Time passes, and what falls due is late. */
  freeze(ms: number): void {
    this.now += ms;
  }

  /** Lets time pass until nothing more will happen. */
  rest(): void {
    this.#happenUntil(Number.POSITIVE_INFINITY);
  }

  /** The effects since the last call, one line each, without timers, status lines and events. */
  story(): readonly string[] {
    const did = this.#did;
    this.#did = [];
    return did.flatMap(({now, effect}) => {
      const line = describeEffect(effect);
      return line ? [`${now} ${line}`] : [];
    });
  }

  #happenUntil(until: number): void {
    for (let events = 0; this.#happenNext(until); events++) {
      if (events > TOO_MANY) throw new Error('the core never comes to rest');
    }
  }

  #happenNext(until: number): boolean {
    const at = this.#agenda.nextAt();
    if (at === null || at > until) return false;
    this.now = Math.max(this.now, at);
    const event = this.#agenda.take(this.now);
    if (event.type === 'deadline') this.submit(event);
    else this.#take(event);
    return true;
  }

  /** A worker has said that it is ready. */
  #hear(address: Address): void {
    const key = keyOf(address);
    const worker = this.alive.get(key);
    if (worker) this.alive.set(key, {...worker, said: true});
  }

  #take(fact: Fact): void {
    const key = keyOf(fact);
    const {generation, worker} = fact;
    if (fact.type === 'spawned') {
      const {pid} = fact;
      this.alive.set(key, {generation, worker, pid, spawnedAt: this.now, told: false, said: false});
    }
    if (fact.type === 'exited') {
      this.alive.delete(key);
      this.#agenda.end(key, this.#fates.get(key)?.echoes ?? false);
    }
    this.submit(fact);
  }

  #perform(effect: Effect): void {
    this.#did.push({now: this.now, effect});
    if (effect.type === 'set-timer') this.#agenda.timerAt = effect.at;
    if (effect.type === 'signal') this.#signal(effect);
    if (effect.type === 'kill') this.#kill(effect);
    if (effect.type !== 'spawn') return;
    for (const {id} of effect.places) this.#spawn({generation: effect.generation, worker: id});
  }

  #spawn(address: Address): void {
    const [fate = HEALTHY, ...later] = this.fates;
    this.fates = later;
    this.#fates.set(keyOf(address), fate);
    const pid = this.#nextPid++;
    const says = this.model.settings.readiness.by === 'signal';
    for (const {inMs, fact} of factsOf(fate, {...address, pid, says})) this.#plan(inMs, fact);
  }

  #signal({generation, worker: index}: Address): void {
    const address = {generation, worker: index};
    const key = keyOf(address);
    const worker = this.alive.get(key);
    if (!worker || worker.told) return;
    this.alive.set(key, {...worker, told: true});
    const {lingersMs} = this.#fates.get(key) ?? HEALTHY;
    if (lingersMs !== null) this.#plan(lingersMs, exitOf(address, 0));
  }

  #kill({generation, worker}: Address): void {
    const key = keyOf({generation, worker});
    const fate = this.#fates.get(key);
    if (!fate || !this.alive.has(key)) return;
    this.#fates.set(key, {...fate, kills: fate.kills - 1});
    if (fate.kills !== 1) return;
    this.#plan(fate.killedMs, {type: 'exited', generation, worker, ending: KILLED, hint: null});
  }

  #plan(inMs: number, fact: Fact): void {
    this.#agenda.plan(this.now + inMs, fact);
  }
}

/** A world in which the first generation is ordered. */
export function booted(options: Partial<Options> = {}): Simulation {
  const simulation = new Simulation(options);
  simulation.boot();
  return simulation;
}

/** A world in which the first generation is ready and complete. The story begins here. */
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
