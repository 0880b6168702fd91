import type {Client} from '../../shared/client.js';
import {within} from '../../shared/patience.js';
import {renderStatus} from '../render.js';
import {ANSWER_MS, type Output} from './output.js';

export async function status(client: Client, output: Output): Promise<void> {
  const failure = {code: 'daemon-silent', path: client.path, seconds: ANSWER_MS / 1000} as const;
  const answer = await within(client.request('status'), ANSWER_MS, failure);
  output.result(answer, () => renderStatus(answer));
}
