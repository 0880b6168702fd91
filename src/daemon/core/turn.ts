/** One step under construction. It never leaves `step`, which therefore stays a pure function. */
import type {Happening} from '../../shared/protocol.js';
import type {GenerationEvent} from './generation.js';
import type {Living, Model} from './model.js';
import {tokensFor} from './restart.js';
import type {Effect} from './types.js';

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

/** The end of a worker that served or was told to finish; a failed start has its own words. */
export function announceEnd(turn: Turn, before: Living, event: GenerationEvent): void {
  if (event.type !== 'exited' || before.phase === 'starting') return;
  const worker = before.workers.find(({index}) => index === event.worker);
  if (worker?.state !== 'running') return;
  const {pid, spawnedAt} = worker;
  const {number: generation} = before;
  const {ending, now} = event;
  const happening: Happening =
    before.phase === 'ready'
      ? {type: 'lost', generation, pid, ending, livedMs: now - spawnedAt}
      : {type: 'finished', generation, pid, ending};
  publish(turn, happening, tokensFor(turn.model, generation));
}

/** The order to finish, once for all the workers that get it. */
export function announceSignals(
  turn: Turn,
  generation: number,
  told: {effects: readonly Effect[]; tokens: readonly string[]},
): void {
  const signals = told.effects.filter(effect => effect.type === 'signal');
  const [first] = signals;
  if (first) {
    const pids = signals.map(({pid}) => pid);
    publish(turn, {type: 'telling', generation, pids, signal: first.signal}, told.tokens);
  }
  turn.effects.push(...told.effects);
}
