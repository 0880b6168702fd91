import type {Client} from '../../shared/client/client.js';
import type {Event} from '../../shared/protocol/event.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import type {Progress} from '../terminal/progress.js';

/** Shows whoever watches what happens from now on, as long as the connection lasts. */
export function whisperEvents(client: Client, {whisper}: Progress): void {
  const onEvent = (event: Event) => whisper(describeEvent(event));
  // That it ends, or cannot be had, is no business of the command that only wants to show something.
  client.request('events', {sinceMs: 0, follow: true}, onEvent).catch(() => {});
}
