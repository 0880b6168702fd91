import type {Event} from '../../../shared/protocol/event.js';
import type {Effect} from '../../core/types.js';

export type EventOf<T extends Event['type']> = Extract<Event, {type: T}>;

/** The events of this type that a step tells, in their order. */
export function eventsIn<T extends Event['type']>(effects: readonly Effect[], type: T): EventOf<T>[] {
  return effects.flatMap(effect =>
    effect.type === 'publish' && effect.event.type === type ? [effect.event as EventOf<T>] : [],
  );
}
