import type {Client} from '../../shared/client/client.js';
import type {Event} from '../../shared/protocol/event.js';
import {createGlance} from '../render/glance.js';
import type {Progress} from '../terminal/progress.js';

/** Shows new events to a person who watches, as long as the connection lasts. */
export function whisperEvents(
  client: Client,
  {whisper}: Progress,
  take: (event: Event) => void = () => {},
): void {
  const glance = createGlance();
  const onEvent = (event: Event) => {
    whisper(glance(event));
    take(event);
  };
  // The events are only for display, so their end or refusal must not fail the command.
  client.request('events', {sinceMs: 0, follow: true}, onEvent).catch(() => {});
}
