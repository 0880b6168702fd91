import type {Client} from '../../shared/client/client.js';
import {isAbsence} from '../../shared/client/find-instance.js';
import {within} from '../../shared/client/patience.js';
import {isEnding} from '../../shared/client/requests.js';
import {defer} from '../../shared/deferred.js';
import type {Event} from '../../shared/protocol/event.js';
import {servingGeneration} from '../../shared/protocol/serving.js';
import {Refusal} from '../../shared/words/errors.js';
import type {Command, Context} from '../instance/context.js';

export const wait: Command<'wait'> = async (context, {goal, timeoutMs}) => {
  // Only the line of the progress has to go.
  context.onInterrupt(() => '');
  const search: Search = {context, client: null, over: false};
  const seconds = (timeoutMs ?? 0) / 1000;
  context.output.progress.whisper(
    `waiting until ${goal === 'ready' ? 'a generation serves' : 'ssd is gone'}`,
  );
  const done = goal === 'ready' ? untilReady(search) : untilGone(search);
  try {
    const tell = await within(done, timeoutMs, {code: 'still-waiting', goal, seconds});
    context.output.progress.end();
    tell();
  } catch (error) {
    throw error instanceof Refusal && goal === 'ready' ? await withReason(error, search.client) : error;
  } finally {
    search.over = true;
  }
};

/** The time is up. The status tells whether ssd tries in vain. */
async function withReason(late: Refusal, client: Client | null): Promise<Refusal> {
  const {failure} = late;
  if (failure.code !== 'still-waiting' || client === null) return late;
  const status = await within(client.request('status'), REASON_MS, failure).catch(() => null);
  return status?.failing ? new Refusal({...failure, failing: status.failing}) : late;
}

/** How long the error may wait for its reason. */
const REASON_MS = 500;

/** `over` ends the search when the time is up. `client` is the last connection. */
type Search = {readonly context: Context; client: Client | null; over: boolean};

/** How often to look for an instance that is missing or does not answer. */
const POLL_MS = 100;

async function untilReady(search: Search): Promise<() => void> {
  const {output} = search.context;
  while (!search.over) {
    const client = await reach(search.context);
    search.client = typeof client === 'object' ? client : null;
    const generation = typeof client === 'object' ? await nextCurrent(client) : null;
    if (typeof client === 'object' && generation !== null) {
      const {instance, pid} = client.hello;
      const text = `generation ${generation} of ${instance} (pid ${pid}) serves`;
      return () => output.result({ready: true, instance, pid, generation}, () => text);
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  return () => {};
}

async function untilGone(search: Search): Promise<() => void> {
  const {output} = search.context;
  while (!search.over) {
    const client = await reach(search.context);
    if (client === 'absent') break;
    if (typeof client === 'object') {
      await client.closed;
      if (!search.over) await isEnding(client);
    } else {
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }
  return () => output.result({gone: true}, () => 'no ssd is running');
}

/** @throws {Refusal} if waiting cannot help: no permission, several instances, another protocol */
async function reach({connect}: Context): Promise<Client | 'absent' | 'silent'> {
  try {
    return await connect();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (isAbsence(error)) return 'absent';
    const {failure} = error;
    // ssd closed its listening socket before it accepted our connection, so it is about to exit.
    const isGoing = failure.code === 'connect-failed' && failure.cause === 'ECONNRESET';
    if (failure.code === 'daemon-silent' || isGoing) return 'silent';
    throw error;
  }
}

/** After these events a generation may serve. The last one: a worker that was stopped continues. */
const BEGINNINGS: readonly Event['type'][] = ['ready', 'worker-ready', 'problem-solved'];

/** Waits for a generation that serves. null if ssd ends before. */
async function nextCurrent(client: Client): Promise<number | null> {
  const found = defer<number | null>();
  const look = async () => {
    const serving = servingGeneration(await client.request('status'));
    if (serving !== null) found.resolve(serving);
  };
  const gone = () => found.resolve(null);
  client
    .request('events', {sinceMs: 0, follow: true}, ({type}) => {
      if (BEGINNINGS.includes(type)) look().catch(gone);
    })
    .then(gone, gone);
  look().catch(gone);
  return found.promise;
}
