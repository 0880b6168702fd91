/** What happens to one generation, in a word each. */
import type {GenerationEvent} from '../../src/daemon/core/generation.js';
import type {Ending} from '../../src/shared/protocol.js';

export const CRASH: Ending = {type: 'exited', code: 1};

/** The pid of a worker is 100 and its id. */
export function spawned(worker: number, now: number): GenerationEvent {
  return {type: 'spawned', now, worker, pid: 100 + worker};
}

export function notSpawned(worker: number, now: number): GenerationEvent {
  return {type: 'spawn-failed', now, worker, cause: 'EAGAIN'};
}

export function exited(worker: number, now: number): GenerationEvent {
  return {type: 'exited', now, worker, ending: CRASH, hint: 'binds-port-itself'};
}

export function ready(worker: number, now: number): GenerationEvent {
  return {type: 'ready', now, worker};
}

export function deadline(now: number): GenerationEvent {
  return {type: 'deadline', now};
}

export function retire(now: number, delayMs: number): GenerationEvent {
  return {type: 'retire', now, delayMs};
}

/** Without `ids`: all of them. */
export function tell(now: number, ids: readonly number[] | null = null): GenerationEvent {
  return {type: 'tell', now, ids, signal: 'HUP', killAfterMs: 3000};
}

export function kill(now: number): GenerationEvent {
  return {type: 'kill', now};
}

export function fill(now: number, id: number, index: number): GenerationEvent {
  return {type: 'fill', now, places: [{id, index}]};
}
