/** Which workers a restart, a stop, a pause or `drain` still waits for, and what to say of that when it takes long. */
import type {Event} from '../../shared/protocol/event.js';
import type {GenerationStatus} from '../../shared/protocol/status.js';
import {formatDuration} from '../../shared/words/duration.js';
import {generationsOf} from '../../shared/words/wording.js';

/** What waits for workers to finish. */
export type Waiting = 'restart' | 'stop' | 'pause';

export type Finishing = {
  readonly take: (event: Event) => void;
  /**
   * null while it waits for something else.
   *
   * @param generations as a status has them, if it is known
   */
  readonly text: (generations?: readonly GenerationStatus[]) => string | null;
};

/** @param ssctl how ssctl is called for the same instance */
export function createFinishing(verb: Waiting, ssctl = 'ssctl'): Finishing {
  /** The generation of each worker that was told to finish and has not ended. */
  const told = new Map<number, number>();
  let ready: number | null = null;
  let isMakingRoom = false;
  return {
    take: event => {
      if (event.type === 'ready') ready = event.generation;
      if (event.type === 'making-room') isMakingRoom = true;
      if (event.type === 'spawned') isMakingRoom = false;
      if (event.type === 'telling' || event.type === 'killing')
        for (const pid of event.pids) told.set(pid, event.generation);
      if (event.type === 'finished') told.delete(event.pid);
    },
    text: (generations = []) => {
      // Some may have been told before the pause.
      const living = verb === 'pause' ? generations.map(({generation}) => generation) : [];
      const left = [...told.values(), ...living].filter(
        generation => verb !== 'restart' || generation !== ready,
      );
      if (left.length === 0) return null;
      const numbers = [...new Set(left)].sort((a, b) => a - b);
      const held = heldBy(generations.filter(({generation}) => numbers.includes(generation)));
      const kept = held ? `, kept by ${connectionsOf(held.count)}` : '';
      const waits = `waiting for ${generationsOf(numbers)} to finish${kept}`;
      if (verb === 'stop')
        return `${waits} (${ssctl} stop --force kills it, --stop-timeout of ssd limits it)`;
      if (verb === 'restart' && ready !== null)
        return `generation ${ready} serves; ${waits} (--until=ready does not wait, --stop-timeout of ssd limits it)`;
      if (verb === 'restart' && !isMakingRoom) return null;
      return `no generation serves, and clients wait; ${waits} (--stop-timeout of ssd limits it)`;
    },
  };
}

/** @example 'generation 3 is still there, kept by 12 connections, the oldest 4m 0s old' */
export function describeDrain(generations: readonly GenerationStatus[]): string {
  const numbers = generations.map(({generation}) => generation);
  const is = generations.length === 1 ? 'is' : 'are';
  const held = heldBy(generations);
  const oldest = held?.oldestMs ? `, the oldest ${formatDuration(held.oldestMs)} old` : '';
  const kept = held ? `, kept by ${connectionsOf(held.count)}${oldest}` : '';
  return `${generationsOf(numbers)} ${is} still there${kept}`;
}

function connectionsOf(count: number): string {
  return count === 1 ? '1 connection' : `${count} connections`;
}

/** null if there is none, or if it is not known of one worker. */
function heldBy(
  generations: readonly GenerationStatus[],
): {readonly count: number; readonly oldestMs: number} | null {
  const workers = generations.flatMap(one => one.workers);
  let [count, oldestMs] = [0, 0];
  for (const {connections, oldestConnectionMs} of workers) {
    // An older daemon does not send it.
    if (typeof connections !== 'number') return null;
    count += connections;
    oldestMs = Math.max(oldestMs, oldestConnectionMs ?? 0);
  }
  return count > 0 ? {count, oldestMs} : null;
}
