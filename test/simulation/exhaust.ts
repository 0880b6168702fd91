/**
 * Tries every sequence of inputs to an ssd with one worker, up to a depth. It visits each state once, and checks
 * every rule after every step.
 *
 * Two states are the same if their models, their living workers and the memory of the rules are the same as JSON.
 * Time passes only with the timer, which fires on time or five seconds late.
 */
import {createModel, type Model} from '../../src/daemon/core/model.js';
import {step} from '../../src/daemon/core/supervisor.js';
import type {Input} from '../../src/daemon/core/types.js';
import {checkStep} from './rules/invariants.js';
import {copySeen, createSeen, type Seen} from './rules/seen.js';
import type {UntimedInput} from './world/agenda.js';
import {DEFAULTS, type Options} from './world/options.js';
import type {LivingWorker} from './world/population.js';
import {type Address, keyOf} from './world/story.js';

type State = {
  readonly now: number;
  readonly model: Model;
  readonly alive: ReadonlyMap<string, LivingWorker>;
  /** Workers that are ordered but neither spawned nor failed. */
  readonly ordered: readonly Address[];
  readonly seen: Seen;
  readonly path: Path | null;
};
type Path = {readonly before: Path | null; readonly event: Input};
type Move = {readonly input: UntimedInput; readonly afterMs: number};

export type Exhausted = {
  /** How many new states there are at each depth. */
  readonly states: readonly number[];
  readonly steps: number;
  readonly broken: {readonly rule: string; readonly events: readonly Input[]} | null;
};

const LATE_MS = 5000;

export function exhaust(options: Partial<Options>, depth: number): Exhausted {
  const known = new Set<string>();
  let layer = [boot({...DEFAULTS, ...options})];
  const states: number[] = [];
  let steps = 0;
  while (states.length < depth) {
    const next: State[] = [];
    for (const state of layer) {
      for (const move of movesOf(state)) {
        steps++;
        const after = take(state, move);
        if ('rule' in after) return {states, steps, broken: after};
        const key = keyOfState(after);
        if (known.has(key)) continue;
        known.add(key);
        next.push(after);
      }
    }
    states.push(next.length);
    layer = next;
  }
  return {states, steps, broken: null};
}

function boot({fates: _, checks: __, workers, killOldDelayMs, autoRestartMs, ...settings}: Options): State {
  const model = createModel(settings, {killOldDelayMs, autoRestartMs}, workers);
  const seen = createSeen(true);
  const state: State = {now: 0, model, alive: new Map(), ordered: [], seen, path: null};
  const booted = take(state, {input: {type: 'boot'}, afterMs: 0});
  if ('rule' in booted) throw new Error(booted.rule);
  return booted;
}

/** The inputs that are possible next. */
function movesOf({now, model, alive, ordered, seen}: State): readonly Move[] {
  const {timerAt} = model;
  const [waiting] = seen.asked.keys();
  const token = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find(name => !seen.asked.has(name)) ?? 'i';
  const asker = {token, attemptsLeft: 1, until: 'gone'} as const;
  const inputs: readonly UntimedInput[] = [
    ...ordered.flatMap(({generation, worker}): UntimedInput[] => [
      {type: 'spawned', generation, worker, pid: 100 * generation + worker},
      {type: 'spawn-failed', generation, worker, cause: 'EAGAIN'},
      {type: 'spawn-failed', generation, worker, cause: 'ENOENT'},
    ]),
    ...[...alive.values()].flatMap(worker => endsOf(worker, model)),
    ...[...alive.values()].flatMap(({generation, worker}): UntimedInput[] => [
      {type: 'exited', generation, worker, ending: {type: 'exited', code: 1}, hint: null},
      {type: 'ready', generation, worker},
      {type: 'unready', generation, worker},
      {type: 'extend', generation, worker, ms: LATE_MS},
      ...(model.settings.maxMemory === null
        ? []
        : [{type: 'heavy', generation, worker, bytes: model.settings.maxMemory + 1} as const]),
    ]),
    {type: 'restart', by: 'signal', asker: null, release: {type: 'link'}, bakeMs: null, order: null},
    {type: 'restart', by: 'request', asker, release: {type: 'link'}, bakeMs: null, order: null},
    {type: 'cancel', token: 'z'},
    ...judgementsOf(model),
    {type: 'stop', signal: 'TERM', token: null, killAfterMs: null},
    {type: 'stop', signal: 'INT', token: null, killAfterMs: null},
    ...(waiting === undefined ? [] : [{type: 'forget', token: waiting} as const]),
  ];
  const untilTimer = timerAt === null ? null : Math.max(0, timerAt - now);
  // A late report of a worker that has ended must change nothing.
  const stale = {generation: model.last, worker: 0};
  const isGone = !alive.has(keyOf(stale)) && !ordered.some(order => keyOf(order) === keyOf(stale));
  const fired: UntimedInput = {type: 'deadline'};
  return [
    ...inputs.map(input => ({input, afterMs: 0})),
    ...(isGone ? [{input: {type: 'ready', ...stale} as const, afterMs: 0}] : []),
    ...(untilTimer === null
      ? []
      : [untilTimer, untilTimer + LATE_MS].map(afterMs => ({input: fired, afterMs}))),
  ];
}

/** What may be said of a generation that is on trial. */
function judgementsOf({trial}: Model): readonly UntimedInput[] {
  if (!trial) return [];
  const {generation, check} = trial;
  const checked = {type: 'checked', generation, run: check?.run ?? 0} as const;
  const failure = {cause: 'exited with status 1', output: []};
  const results = [
    {...checked, failure: null},
    {...checked, failure},
  ];
  return [
    {type: 'accept', token: 'y'},
    {type: 'reject', token: 'x', reason: null},
    ...(check?.isRunning ? results : []),
  ];
}

/** The leader may end before others of its group, and a worker may refuse what it was sent last. */
function endsOf({generation, worker, leads}: LivingWorker, {generations}: Model): readonly UntimedInput[] {
  const ending = {type: 'exited', code: 0} as const;
  const ended = {type: 'leader-ended', generation, worker, ending, hint: null} as const;
  const workers = generations.find(({number}) => number === generation)?.workers;
  const known = workers?.find(({id}) => id === worker);
  const isRefusing = known !== undefined && 'refused' in known && !known.refused;
  const signal = isRefusing && known.killed ? 'KILL' : 'HUP';
  const refused = {type: 'signal-refused', generation, worker, signal, cause: 'EPERM'} as const;
  return [...(leads ? [ended] : []), ...(isRefusing ? [refused] : [])];
}

/** The state after a move, or the rule that the move breaks. */
function take(state: State, {input, afterMs}: Move): State | NonNullable<Exhausted['broken']> {
  const now = state.now + afterMs;
  const event: Input = {...input, now};
  const path = {before: state.path, event};
  const [seen, alive] = [copySeen(state.seen), new Map(state.alive)];
  expect(seen, event, state.model);
  live(alive, event);
  try {
    const {model, effects} = step(state.model, event);
    const foresee = (nothing: UntimedInput) => step(model, {...nothing, now});
    checkStep({now, before: state.model, event, model, effects}, seen, {now, model, alive, foresee});
    for (const effect of effects)
      if (effect.type === 'signal' || effect.type === 'kill') resend(alive, effect);
    for (const [token, {answers}] of seen.asked) if (answers > 0) seen.asked.delete(token);
    const orders = effects.flatMap(effect =>
      effect.type === 'spawn'
        ? effect.places.map(({id}) => ({generation: effect.generation, worker: id}))
        : [],
    );
    const open = state.ordered.filter(order => !('worker' in event) || keyOf(order) !== keyOf(event));
    return {now, model, alive, seen, path, ordered: [...open, ...orders]};
  } catch (error) {
    return {rule: error instanceof Error ? error.message : String(error), events: eventsOf(path)};
  }
}

/** Notes that a client that asks with this input must be answered, and that one that hangs up must not. */
function expect(seen: Seen, event: Input, {last}: Model): void {
  const asks = (token: string, budget: number | null) =>
    seen.asked.set(token, {at: event.now, last, budget, answers: 0});
  if (event.type === 'restart' && event.asker) asks(event.asker.token, event.asker.attemptsLeft);
  if (event.type === 'cancel' || event.type === 'accept' || event.type === 'reject') asks(event.token, null);
  if (event.type === 'forget') seen.asked.delete(event.token);
  if (event.type === 'stop') seen.stopped = true;
}

/** A signal that is sent again may be permitted. */
function resend(alive: Map<string, LivingWorker>, address: Address): void {
  const known = alive.get(keyOf(address));
  if (known) alive.set(keyOf(address), {...known, refused: null});
}

function live(alive: Map<string, LivingWorker>, event: Input): void {
  if (!('worker' in event)) return;
  const {generation, worker} = event;
  const key = keyOf(event);
  const known = alive.get(key);
  if (event.type === 'exited') alive.delete(key);
  if (event.type === 'leader-ended' && known) alive.set(key, {...known, leads: false, refused: null});
  if (event.type === 'signal-refused' && known) {
    alive.set(key, {...known, refused: event.signal === 'KILL' ? 'kill' : 'tell'});
  }
  if (event.type === 'ready' && known) alive.set(key, {...known, said: true});
  if (event.type !== 'spawned') return;
  const rest = {spawnedAt: event.now, told: false, said: false, leads: true, refused: null};
  alive.set(key, {generation, worker, pid: event.pid, ...rest});
}

/** Nothing follows from how many restarts there were. */
function keyOfState({now, model: {lastRestart: _, ...model}, alive, ordered, seen}: State): string {
  const remembered = Object.values(seen).map(plain);
  return JSON.stringify([now, model, [...alive.values()], ordered, remembered]);
}

function eventsOf(path: Path | null): readonly Input[] {
  return path === null ? [] : [...eventsOf(path.before), path.event];
}

/** JSON knows neither maps nor sets. */
function plain(value: Seen[keyof Seen]): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
