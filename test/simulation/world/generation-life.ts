/** The life of one generation, and short names for its inputs. */
import {type GenerationInput, transition} from '../../../src/daemon/core/generation.js';
import {createGeneration, type Generation} from '../../../src/daemon/core/generation-state.js';
import type {Loss, Probation} from '../../../src/daemon/core/worker/worker-state.js';
import type {Ending} from '../../../src/shared/protocol/event.js';

export const CRASH: Ending = {type: 'exited', code: 1};
export const INTERVAL = 1000;
export const GRACE = 700;
export const BY_INTERVAL: Probation = {intervalMs: INTERVAL, readiness: {by: 'interval'}, graceMs: GRACE};
export const BY_SIGNAL: Probation = {...BY_INTERVAL, readiness: {by: 'signal', timeoutMs: 5000}};

/** The generation after these inputs, and its effects. */
export function live(start: Generation, ...events: readonly GenerationInput[]) {
  let state = start;
  const did: string[] = [];
  const losses: Loss[] = [];
  for (const event of events) {
    if (state.phase === 'gone') throw new Error('nothing happens to a generation that is gone');
    const step = transition(state, event);
    state = step.next;
    losses.push(...step.losses);
    const acts = step.effects.map(effect => (effect.type === 'kill' ? 'KILL' : effect.signal));
    did.push(...step.effects.map(({worker}, nth) => `${acts[nth]} ${worker}`));
  }
  return {state, did, losses};
}

/** Generation 7 with this many workers, all of them starting. */
export function starting(workers: number, probation = BY_INTERVAL): Generation {
  const spawns = Array.from({length: workers}, (_, id) => spawned(id, 0));
  return live(createGeneration(7, workers, probation, 0), ...spawns).state;
}

/** The pid of a worker is 100 plus its id. */
export function spawned(worker: number, now: number): GenerationInput {
  return {type: 'spawned', now, worker, pid: 100 + worker};
}

export function notSpawned(worker: number, now: number): GenerationInput {
  return {type: 'spawn-failed', now, worker, cause: 'EAGAIN'};
}

export function exited(worker: number, now: number): GenerationInput {
  return {type: 'exited', now, worker, ending: CRASH, hint: 'binds-port-itself'};
}

export function ready(worker: number, now: number): GenerationInput {
  return {type: 'ready', now, worker};
}

export function deadline(now: number): GenerationInput {
  return {type: 'deadline', now};
}

export function retire(now: number, delayMs: number): GenerationInput {
  return {type: 'retire', now, delayMs};
}

/** Without `ids`: all workers. */
export function tell(now: number, ids: readonly number[] | null = null): GenerationInput {
  return {type: 'tell', now, ids, signal: 'HUP', further: [], killAfterMs: 3000};
}

export function kill(now: number): GenerationInput {
  return {type: 'kill', now};
}

export function fill(now: number, id: number, index: number): GenerationInput {
  return {type: 'fill', now, places: [{id, index}]};
}
