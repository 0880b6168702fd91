/** A brief text for each event, for a person who waits. The workers of a generation are counted together. */
import type {Event} from '../../shared/protocol/event.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import {formatDuration} from '../../shared/words/duration.js';

export function createGlance(): (event: Event) => string {
  const counts = new Map<number, {spawned: number; ready: number}>();
  return event => {
    if (event.type !== 'spawned' && event.type !== 'worker-ready') return describeEvent(event);
    const {generation} = event;
    const count = counts.get(generation) ?? {spawned: 0, ready: 0};
    counts.set(generation, count);
    if (event.type === 'spawned') count.spawned += 1;
    else count.ready += 1;
    // A client that connects late has missed earlier `spawned` events.
    const of = Math.max(count.spawned, count.ready);
    return of === 1 ? describeEvent(event) : `generation ${generation}: ${count.ready} of ${of} ready`;
  };
}

/**
 * While a trial goes on: what is left of it, at each moment, and how the last check ended. null: there is none.
 *
 * @param now a clock of milliseconds
 */
export function createTrialGlance(now: () => number): (event: Event) => (() => string) | null {
  let endsAt: number | null = null;
  let generation = 0;
  let last = '';
  const text = () => {
    const leftMs = Math.max(0, (endsAt ?? 0) - now());
    const left =
      leftMs > 0 ? `${formatDuration(Math.ceil(leftMs / 1000) * 1000)} left` : 'waiting for a check';
    return `generation ${generation} is on trial, ${left}${last}`;
  };
  return event => {
    if (event.type === 'trial-began') {
      endsAt = now() + event.forMs;
      generation = event.generation;
      last = '';
    }
    if (event.type === 'trial-ended') endsAt = null;
    if (event.type === 'trial-checked') {
      last =
        event.cause === null ? '; the last check succeeded' : `; the last check failed: it ${event.cause}`;
    }
    return endsAt === null ? null : text;
  };
}
