import type {Client} from '../../shared/client.js';
import {within} from '../../shared/patience.js';
import {renderStatus} from '../render.js';
import type {Output} from './output.js';

/** A daemon answers `status` at once; one that does not is stuck. */
const ANSWER_MS = 5000;

export async function status(client: Client, output: Output): Promise<void> {
  const failure = {code: 'daemon-silent', path: client.path, seconds: ANSWER_MS / 1000} as const;
  const answer = await within(client.request('status'), ANSWER_MS, failure);
  output.result(answer, () => renderStatus(answer));
}
