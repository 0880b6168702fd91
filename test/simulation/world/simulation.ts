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
import {remainsOf} from '../../../src/daemon/core/adoption/leave.js';
import {reviveModel} from '../../../src/daemon/core/handover/revive.js';
import {createModel, type Model, type Step} from '../../../src/daemon/core/model.js';
import {step} from '../../../src/daemon/core/supervisor.js';
import type {Effect, Input, Tunables} from '../../../src/daemon/core/types.js';
import type {StopSignal} from '../../../src/shared/protocol/event.js';
import type {RestartOrder, Until} from '../../../src/shared/protocol/verdict.js';
import {Agenda, type Fact, type Tie, type UntimedInput} from './agenda.js';
import {Checks} from './checks.js';
import {type Fate, NO_RELEASE} from './fate.js';
import {type Core, DEFAULTS, type Options} from './options.js';
import {KILLED, type LivingWorker, Population} from './population.js';
import {Releases} from './releases.js';
import {type Address, describeEffect} from './story.js';

export type Asked = Extract<Input, {type: 'restart'}>['release'];

type Wish = {readonly release: Asked; readonly bakeMs: number | null; readonly order: RestartOrder | null};

export type Observed = {
  readonly now: number;
  readonly before: Model;
  readonly event: Input;
  readonly model: Model;
  readonly effects: readonly Effect[];
};
const CORE: Core = {createModel, step, remainsOf, reviveModel};
const LINK: Asked = {type: 'link'};
const RESTART = {type: 'restart', release: LINK, bakeMs: null, order: null} as const;
/** More inputs than any test needs. Beyond that, the core goes round in circles. */
const TOO_MANY = 3000;

export class Simulation {
  now = 0;
  model: Model;
  /** Called after every step, before its effects are performed. */
  observe: (observed: Observed) => void = () => {};
  readonly releases = new Releases();
  readonly checks = new Checks();
  /** The model of an ssd that starts now. */
  readonly fresh: () => Model;
  readonly core: Core;
  readonly agenda = new Agenda();
  readonly population: Population;
  /** Inputs that wait until the step that is under way is done, as in the loop. */
  readonly #queue: UntimedInput[] = [];
  #running = false;
  #did: {readonly now: number; readonly effect: Effect}[] = [];
  /** What ssd finds in its environment, which it reads before every spawn. */
  #tunables: Tunables;

  constructor(options: Partial<Options> = {}, core = CORE) {
    const {fates, checks, workers, killOldDelayMs, autoRestartMs, ...settings} = {...DEFAULTS, ...options};
    this.checks.fates = checks;
    this.#tunables = {killOldDelayMs, autoRestartMs};
    this.fresh = () => core.createModel(settings, this.#tunables, workers);
    this.model = this.fresh();
    this.core = core;
    this.population = new Population(fates, {
      now: () => this.now,
      plan: (inMs, fact) => this.agenda.plan(this.now + inMs, fact),
      end: (key, echoes) => this.agenda.end(key, echoes),
      submit: input => this.submit(input),
    });
  }

  /** The workers whose spawn was reported, and whose end was not. */
  get alive(): ReadonlyMap<string, LivingWorker> {
    return this.population.alive;
  }

  /** The fates of the next workers, in the order of their spawns. After the last one, all are healthy. */
  set fates(fates: readonly Fate[]) {
    this.population.fates = fates;
  }

  get timerAt(): number | null {
    return this.agenda.timerAt;
  }

  /** Which of the things that are due at the same moment happens first. */
  set tie(tie: Tie) {
    this.agenda.tie = tie;
  }

  /** Takes one input at the present moment. */
  submit(input: UntimedInput): void {
    this.#queue.push(input);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#stepBy(next);
    } finally {
      this.#running = false;
    }
  }

  /** What an input would do at the present moment. */
  foresee(input: UntimedInput): Step {
    return this.core.step(this.model, {...input, now: this.now});
  }

  boot(): void {
    this.submit({type: 'boot'});
  }

  hup(): void {
    this.submit({...RESTART, by: 'signal', asker: null});
  }

  /** A control request; `attempts` null: wait until a generation is ready. */
  ask(token: string, attempts: number | null = 1, until: Until = 'gone', wish: Partial<Wish> = {}): void {
    this.submit({...RESTART, by: 'request', asker: {token, attemptsLeft: attempts, until}, ...wish});
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

  /** ssd is stopped, or waits for the disk. Time passes, and everything that falls due is late. */
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
    const at = this.agenda.nextAt();
    if (at === null || at > until) return false;
    this.now = Math.max(this.now, at);
    const event = this.agenda.take(this.now);
    if (event.type === 'deadline' || event.type === 'checked') this.submit(event);
    else this.#take(event);
    return true;
  }

  #stepBy(input: UntimedInput): void {
    const before = this.model;
    const event: Input = {...input, now: this.now};
    if (event.type === 'environment') this.#tunables = event.tunables;
    if (event.type === 'ready') this.population.hear(event);
    const {model, effects} = this.core.step(before, event);
    this.model = model;
    this.observe({now: this.now, before, event, model, effects});
    for (const effect of effects) this.#perform(effect);
    if (effects.some(({type}) => type === 'spawn')) {
      this.submit({type: 'environment', tunables: this.#tunables});
    }
  }

  #take(fact: Fact): void {
    this.submit(this.population.take(fact));
  }

  #perform(effect: Effect): void {
    this.#did.push({now: this.now, effect});
    if (effect.type === 'set-timer') this.agenda.timerAt = effect.at;
    if (effect.type === 'signal') this.population.signal(effect);
    if (effect.type === 'kill') this.population.kill(effect);
    if (effect.type === 'forward-signal') this.population.forward(effect);
    if (effect.type === 'check') this.#check(effect);
    if (effect.type === 'look') this.#look(effect);
    if (effect.type === 'end-check') this.agenda.end('check', this.checks.echoes);
    if (effect.type === 'spawn') this.#spawn(effect);
  }

  #check(order: Extract<Effect, {type: 'check'}>): void {
    const {inMs, fact} = this.checks.run(order);
    this.agenda.plan(this.now + inMs, fact);
  }

  #look(order: Extract<Effect, {type: 'look'}>): void {
    const isThere = !this.model.settings.pinned || this.releases.isThere(order);
    this.submit({type: 'looked', failure: isThere ? null : {cause: 'ENOENT'}});
  }

  #spawn(order: Extract<Effect, {type: 'spawn'}>): void {
    const {generation, places} = order;
    const {pinned, readiness} = this.model.settings;
    const says = readiness.by === 'signal';
    const taken = pinned ? this.releases.take(order) : null;
    if (taken) this.submit({type: 'pinned', generation, ...taken});
    const change = !pinned ? {} : taken ? this.releases.fateOf(taken.release) : NO_RELEASE;
    for (const {id} of places) this.population.spawn({generation, worker: id}, says, change);
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
