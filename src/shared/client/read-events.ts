/** The events of one connection, one after another, at the pace of who reads them. */
import {defer} from '../deferred.js';
import type {Recorded} from '../protocol/event.js';
import type {ParamsOf} from '../protocol/verbs.js';
import type {Client} from './client.js';

/** How many may wait here. The others wait with ssd, which drops a client that takes too long. */
const MOST_WAITING = 256;

/**
 * Ends when ssd has sent its last event. The connection is for these events alone, because all of it waits while nobody
 * reads them.
 *
 * @throws {Refusal} `connection-lost`, `request-refused`
 */
export async function* readEvents(
  client: Client,
  params: ParamsOf<'events'>,
): AsyncGenerator<Recorded, void, undefined> {
  const waiting: Recorded[] = [];
  let news = defer<void>();
  let isOver = false;
  const take = (event: Recorded) => {
    waiting.push(event);
    if (waiting.length >= MOST_WAITING) client.hold(true);
    news.resolve();
  };
  const asked = client.request('events', params, take);
  const end = () => {
    isOver = true;
    news.resolve();
  };
  asked.then(end, end);
  for (;;) {
    yield* waiting.splice(0);
    client.hold(false);
    if (waiting.length > 0) continue;
    if (isOver) break;
    news = defer();
    await news.promise;
  }
  await asked;
}
