/** A brief text for each event, for a person who waits. The workers of a generation are counted together. */
import type {Event} from '../../shared/protocol/event.js';
import {describeEvent} from '../../shared/words/describe-event.js';

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
