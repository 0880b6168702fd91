/** One step under construction. It is mutable, but never leaves `step`, so `step` stays a pure function. */
import type {Event} from '../../shared/protocol/event.js';
import type {Answer} from '../../shared/protocol/verdict.js';
import type {GenerationInput, GenerationStep} from './generation.js';
import type {LivingGeneration} from './generation-state.js';
import type {Model, Step} from './model.js';
import type {Effect, KillEffect, SignalEffect} from './types.js';

export type Turn = {model: Model; readonly effects: Effect[]};

/** Changes parts of the model. */
export function update(turn: Turn, change: Partial<Model>): void {
  turn.model = {...turn.model, ...change};
}

/** Takes over a new model, and adds its effects to those of this turn. */
export function apply(turn: Turn, outcome: Step): void {
  turn.model = outcome.model;
  turn.effects.push(...outcome.effects);
}

/** Gives the same final answer to all clients that wait for it. */
export function answer(turn: Turn, tokens: readonly string[], answer: Answer): void {
  turn.effects.push(...tokens.map(token => ({type: 'answer' as const, token, answer})));
}

/** Publishes an event for everybody. `tokens` name the clients whose requests it concerns. */
export function publish(turn: Turn, event: Event, tokens: readonly string[]): void {
  turn.effects.push({type: 'publish', event, tokens});
}

/** Publishes what the input did to single workers, where the events of the generation do not say it. */
export function announceWorkers(
  turn: Turn,
  before: LivingGeneration,
  {next, losses}: GenerationStep,
  {input, tokens}: {readonly input: GenerationInput; readonly tokens: readonly string[]},
): void {
  const {number: generation, workers} = before;
  if (input.type === 'leader-ended') announceLeader(turn, before, {input, tokens, isLost: losses.length > 0});
  const after = next.phase === 'gone' ? [] : next.workers;
  // The event `ready` names all of them, and `start-failed` the one that matters.
  const isTold = before.phase === 'starting' && next.phase !== 'starting';
  for (const worker of workers) {
    if (isTold || worker.phase !== 'starting') continue;
    const isReady = after.some(({id, phase}) => id === worker.id && phase === 'ready');
    if (isReady) publish(turn, {type: 'worker-ready', generation, pid: worker.pid}, tokens);
  }
  if (before.phase === 'starting') return;
  const lost = before.phase === 'ready' || before.phase === 'held' ? losses : [];
  for (const {pid, ending, livedMs, hint} of lost) {
    const event = {type: 'lost', generation, pid, ending, livedMs} as const;
    publish(turn, hint === null ? event : {...event, hint}, tokens);
  }
  if (input.type !== 'exited' || lost.length > 0) return;
  const ended = workers.find(({id}) => id === input.worker);
  if (!ended || ended.phase === 'pending') return;
  publish(turn, {type: 'finished', generation, pid: ended.pid, ending: input.ending}, tokens);
}

/** Publishes the orders to finish and the kills: one event for all workers that get the same order. */
export function announceOrders(
  turn: Turn,
  generation: number,
  told: {effects: readonly (SignalEffect | KillEffect)[]; tokens: readonly string[]},
): void {
  const killed = told.effects.filter(effect => effect.type === 'kill').map(({pid}) => pid);
  if (killed.length > 0) publish(turn, {type: 'killing', generation, pids: killed}, told.tokens);
  const signals = told.effects.filter(effect => effect.type === 'signal');
  for (const signal of new Set(signals.map(effect => effect.signal))) {
    const pids = signals.filter(effect => effect.signal === signal).map(({pid}) => pid);
    publish(turn, {type: 'telling', generation, pids, signal}, told.tokens);
  }
  turn.effects.push(...told.effects);
}

/** Publishes that the process is gone that the other events name, while others of its group live. */
function announceLeader(
  turn: Turn,
  {number: generation, workers}: LivingGeneration,
  ended: {
    readonly input: Extract<GenerationInput, {type: 'leader-ended'}>;
    readonly tokens: readonly string[];
    readonly isLost: boolean;
  },
): void {
  const {input, tokens, isLost} = ended;
  const worker = workers.find(({id}) => id === input.worker);
  if (!worker || worker.phase === 'pending' || worker.phase === 'lingering') return;
  const {pid} = worker;
  publish(turn, {type: 'leader-ended', generation, pid, ending: input.ending, lost: isLost}, tokens);
}
