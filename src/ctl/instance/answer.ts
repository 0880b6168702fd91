/** Sends the requests that a daemon answers at once. */
import type {Client, RequestRest} from '../../shared/client/client.js';
import {within} from '../../shared/client/patience.js';
import type {ResultOf, Verb} from '../../shared/protocol/verbs.js';

/** How long an answer may take. A daemon that needs longer is stuck. */
const ANSWER_MS = 5000;

/** @throws {Refusal} `daemon-silent`, `request-refused`, `connection-lost` */
export function answerTo<V extends Verb>(
  client: Client,
  verb: V,
  ...rest: RequestRest<V>
): Promise<ResultOf<V>> {
  return withinAnswerTime(client, client.request(verb, ...rest));
}

/** Waits for an answer that should come at once. */
export function withinAnswerTime<T>(client: Client, promise: Promise<T>): Promise<T> {
  const {path, hello} = client;
  const seconds = ANSWER_MS / 1000;
  return within(promise, ANSWER_MS, {code: 'daemon-silent', path, seconds, pid: hello.pid});
}
