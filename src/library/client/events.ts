/** The events as an async iterator that goes on after a lost connection, if that was asked for. */
import type {Client} from '../../shared/client/client.js';
import {readEvents} from '../../shared/client/read-events.js';
import {monotonicMs} from '../../shared/monotonic.js';
import type {Recorded} from '../../shared/protocol/event.js';
import type {ParamsOf} from '../../shared/protocol/verbs.js';
import {Refusal} from '../../shared/words/errors.js';
import {faultAsObject, faultIn, SIGNAL} from '../options/fault.js';
import {refuse} from '../options/refuse.js';
import {abortable} from './abortable.js';
import {explain} from './explain.js';
import {closedHere, type Line} from './line.js';

type Params = ParamsOf<'events'>;

type Options = {readonly signal?: AbortSignal};

/** @throws the reason of `signal`; {ServerError} `option-invalid`, `connection-lost`, `request-refused` */
export async function* eventsOf(
  line: Line,
  params: Params = {},
  options: Options = {},
): AsyncGenerator<Recorded, void, undefined> {
  await refuse(faultAsObject('params', params) ?? faultIn(options, {signal: SIGNAL}));
  const {signal} = options;
  signal?.throwIfAborted();
  if (line.isClosed()) throw await explain(closedHere('events', line));
  const since = params.sinceMs ?? null;
  const askedAt = monotonicMs();
  const goesOn = line.reconnects && params.follow === true;
  let last: Recorded | null = null;
  do {
    // After the first event it begins with all that are kept, and passes over those that were told.
    const elapsed = monotonicMs() - askedAt;
    const sinceMs: number | null = last || since === null ? null : since + (goesOn ? Math.ceil(elapsed) : 0);
    for await (const event of onOneConnection(line, {...params, sinceMs}, signal)) {
      if (last && wasTold(event, last)) continue;
      last = event;
      yield event;
    }
  } while (goesOn && !line.isClosed());
}

/** Another ssd counts from 1 again, but later. */
function wasTold(event: Recorded, last: Recorded): boolean {
  return event.seq <= last.seq && event.at <= last.at;
}

async function* onOneConnection(
  line: Line,
  params: Params,
  signal: AbortSignal | undefined,
): AsyncGenerator<Recorded, void, undefined> {
  let client: Client | null = null;
  const hangUp = () => client?.close();
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', hangUp, {once: true});
    const dialed = line
      .another(() => signal?.aborted === true)
      .then(made => {
        client = made;
        if (signal?.aborted) hangUp();
        return made;
      });
    const connected = await abortable(dialed, signal);
    for await (const event of readEvents(connected, params)) {
      yield event;
      signal?.throwIfAborted();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!isEnd(error, line, params)) throw await explain(error);
  } finally {
    signal?.removeEventListener('abort', hangUp);
    hangUp();
  }
}

/** Whether the events of this connection have come to their end, and nothing has failed. */
function isEnd(error: unknown, line: Line, params: Params): boolean {
  if (!(error instanceof Refusal)) return false;
  // One that was to be made anew is refused for another reason.
  if (line.isClosed()) return error.failure.code !== 'request-refused';
  return error.failure.code === 'connection-lost' && line.reconnects && params.follow === true;
}
