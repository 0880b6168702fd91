/** One step under construction. It never leaves `step`, which therefore stays a pure function. */
import type {Happening} from '../../shared/protocol.js';
import type {Generation, GenerationEvent, Living} from './generation.js';
import type {Model} from './model.js';
import type {Effect, KillEffect, SignalEffect} from './types.js';

export type Turn = {model: Model; readonly effects: Effect[]};

export function update(turn: Turn, change: Partial<Model>): void {
  turn.model = {...turn.model, ...change};
}

export function apply(
  turn: Turn,
  outcome: {readonly model: Model; readonly effects: readonly Effect[]},
): void {
  turn.model = outcome.model;
  turn.effects.push(...outcome.effects);
}

export function publish(turn: Turn, happening: Happening, tokens: readonly string[]): void {
  turn.effects.push({type: 'publish', happening, tokens});
}

type Told = {
  readonly event: GenerationEvent;
  readonly next: Generation;
  readonly tokens: readonly string[];
};

/** What the event did to its worker, where the generation's own news do not say it. */
export function announceWorker(turn: Turn, before: Living, {event, next, tokens}: Told): void {
  if (before.phase === 'starting') return;
  for (const worker of before.workers) {
    if (worker.phase === 'pending') continue;
    const after = next.phase === 'gone' ? undefined : next.workers.find(({id}) => id === worker.id);
    const {pid, spawnedAt} = worker;
    const {number: generation} = before;
    if (worker.phase === 'starting' && after?.phase === 'ready') {
      publish(turn, {type: 'worker-ready', generation, pid}, tokens);
    }
    if (event.type !== 'exited' || after) continue;
    const {ending, now} = event;
    const lost = before.phase === 'ready' && worker.phase !== 'retiring';
    const happening: Happening = lost
      ? {type: 'lost', generation, pid, ending, livedMs: now - spawnedAt}
      : {type: 'finished', generation, pid, ending};
    publish(turn, happening, tokens);
  }
}

/** The orders to finish and the kills, once for all the workers that get the same one. */
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
