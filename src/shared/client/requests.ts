/** Sends the requests that take long and waits for their end. `ssctl` and `ssd --restart` use it. */

import {monotonicMs} from '../monotonic.js';
import {hasEnded, nameOf} from '../process-stat.js';
import type {Event} from '../protocol/event.js';
import type {Problem} from '../protocol/problem.js';
import type {ParamsOf, Verb} from '../protocol/verbs.js';
import type {Paused, Scaled, Verdict} from '../protocol/verdict.js';
import {type Failure, Refusal} from '../words/errors.js';
import {type Client, connect} from './client.js';
import {until, within} from './patience.js';

export type Completed = Extract<Verdict, {verdict: 'completed'}>;

export type Superseded = Extract<Verdict, {verdict: 'superseded'}>;

export type Waiting = {
  /** null waits forever. */
  readonly timeoutMs: number | null;
  readonly onEvent?: (event: Event) => void;
};

/** What the protocol knows of it. The number of starts to try must be named. */
export type RestartRequest = Waiting & ParamsOf<'restart'> & {readonly attempts: number};

/** The parameters of the request. What an older ssd does not know is named only where it is asked for. */
export function restartParams(request: Omit<RestartRequest, keyof Waiting>): ParamsOf<'restart'> {
  const {
    attempts,
    until: goal = 'gone',
    release = null,
    rollback = false,
    bakeMs = null,
    order = null,
    traceparent = null,
    tracestate = null,
  } = request;
  return {
    attempts,
    until: goal,
    ...(release !== null && {release}),
    ...(rollback && {rollback}),
    ...(bakeMs !== null && {bakeMs}),
    ...(order !== null && {order}),
    ...(traceparent !== null && {traceparent}),
    ...(tracestate !== null && {tracestate}),
  };
}

/**
 * Asks for a restart and waits for its verdict.
 *
 * @throws {Refusal} `timed-out`, `connection-lost`, `gone-before-done`, `request-refused`
 */
export function requestRestart(client: Client, request: RestartRequest): Promise<Verdict> {
  const {timeoutMs, onEvent} = request;
  const asked = askForRestart(client, request, onEvent);
  return answered(client, 'restart', asked, timeoutMs);
}

/**
 * Asks for a restart. Nobody has asked for the trace but the environment, so an older ssd that does not take it is asked again
 * without: it has begun nothing.
 *
 * @throws {Refusal} `connection-lost`, `request-refused`
 */
export async function askForRestart(
  client: Client,
  request: Omit<RestartRequest, keyof Waiting>,
  onEvent?: (event: Event) => void,
): Promise<Verdict> {
  const {traceparent, tracestate, ...params} = restartParams(request);
  if (!traceparent) return client.request('restart', params, onEvent);
  const traced = {...params, traceparent, ...(tracestate && {tracestate})};
  return client.request('restart', traced, onEvent).catch(error => {
    const {failure} = error instanceof Refusal ? error : {};
    if (failure?.code !== 'request-refused' || failure.error !== 'invalid-params') throw error;
    return client.request('restart', params, onEvent);
  });
}

/**
 * Changes the number of workers and waits until they are ready.
 *
 * @throws {Refusal} as `requestRestart`
 */
export function requestScale(client: Client, workers: number, waiting: Waiting): Promise<Scaled> {
  const {timeoutMs, onEvent} = waiting;
  return answered(client, 'scale', client.request('scale', {workers}, onEvent), timeoutMs);
}

/**
 * Asks for a pause and waits until no worker is left.
 *
 * @throws {Refusal} as `requestRestart`
 */
export function requestPause(client: Client, maxMs: number, {timeoutMs, onEvent}: Waiting): Promise<Paused> {
  return answered(client, 'pause', client.request('pause', {maxMs}, onEvent), timeoutMs);
}

/**
 * Ends a pause and waits for the verdict of the start after it.
 *
 * @throws {Refusal} as `requestRestart`
 */
export function requestResume(client: Client, {timeoutMs, onEvent}: Waiting): Promise<Verdict> {
  return answered(client, 'resume', client.request('resume', {}, onEvent), timeoutMs);
}

/**
 * Waits for the answer. If the connection is lost, it looks whether ssd has gone.
 *
 * @throws {Refusal} as `requestRestart`
 */
export async function answered<T>(
  client: Client,
  verb: Verb,
  asked: Promise<T>,
  timeoutMs: number | null,
): Promise<T> {
  try {
    return await within(asked, timeoutMs, timedOut(verb, timeoutMs));
  } catch (error) {
    const {pid} = client.hello;
    if (isLost(error) && (await isEnding(client))) throw new Refusal({code: 'gone-before-done', verb, pid});
    throw error;
  }
}

export type StopRequest = {
  /** null waits forever. */
  readonly timeoutMs: number | null;
  /** When to kill the remaining workers. null keeps the `--stop-timeout` of ssd. */
  readonly killAfterMs?: number | null;
};

/**
 * Asks ssd to stop and waits until its process is gone: ssd keeps the connection until then. The pid alone does not tell.
 * In another PID namespace, such as that of a container, the number belongs to another process or to none.
 *
 * @returns the problems that outlive ssd: workers that could not be ended, processes that hold a listener
 * @throws {Refusal} `timed-out`, `request-refused`; `connection-lost` if ssd lives on
 */
export async function requestStop(client: Client, request: StopRequest): Promise<readonly Problem[]> {
  const {timeoutMs, killAfterMs = null} = request;
  const failure = timedOut('stop', timeoutMs);
  const startedAt = monotonicMs();
  let problems: readonly Problem[] = [];
  try {
    const stopped = await within(client.request('stop', {killAfterMs}), timeoutMs, failure);
    problems = stopped.problems ?? [];
  } catch (error) {
    // ssd was killed while we waited. It is gone, as requested.
    if (!(isLost(error) && (await isEnding(client)))) throw error;
  }
  const left = timeoutMs === null ? null : Math.max(0, timeoutMs - (monotonicMs() - startedAt));
  await within(client.closed, left, failure);
  await untilEnded(client.hello.pid);
  return problems;
}

/**
 * Returns the verdict of a restart whose generation became ready. A superseded one did too, but a later one serves now.
 *
 * @throws {Refusal} `restart-failed`, `restart-cancelled`
 */
export function readyOrThrow(verdict: Verdict): Completed | Superseded {
  switch (verdict.verdict) {
    case 'completed':
    case 'superseded':
      return verdict;
    case 'cancelled':
      throw new Refusal({code: 'restart-cancelled', reason: verdict.reason});
    case 'failed':
      throw new Refusal({code: 'restart-failed', ...verdict});
  }
}

/** The failure of a request that has not ended in time. */
export function timedOut(verb: Verb, timeoutMs: number | null): Failure {
  return {code: 'timed-out', verb, seconds: (timeoutMs ?? 0) / 1000};
}

function isLost(error: unknown): boolean {
  return error instanceof Refusal && error.failure.code === 'connection-lost';
}

/**
 * Whether the ssd that closed this connection has ended or is about to: nobody listens at its socket any more, or another
 * process does. An ssd that has only dropped the connection still greets.
 */
export async function isEnding({path, hello: {pid}}: Client): Promise<boolean> {
  const deadline = monotonicMs() + DYING_MS;
  while (monotonicMs() < deadline) {
    const there = await whoIsAt(path);
    if (there !== 'unknown') return there !== pid;
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/** A process closes its connections shortly before its end. */
const DYING_MS = 1000;
const POLL_MS = 10;

async function whoIsAt(path: string): Promise<number | 'nobody' | 'unknown'> {
  try {
    const client = await connect(path, DYING_MS);
    client.close();
    return client.hello.pid;
  } catch (error) {
    const code = error instanceof Refusal ? error.failure.code : null;
    return code === 'no-socket' || code === 'stale-socket' ? 'nobody' : 'unknown';
  }
}

/** Waits for the last moments of the process. A pid that belongs to another process here is ignored. */
async function untilEnded(pid: number): Promise<void> {
  if (nameOf(pid) !== 'ssd') return;
  await until(() => hasEnded(pid), DYING_MS, {code: 'gone-before-done', verb: 'stop', pid}).catch(() => {});
}
