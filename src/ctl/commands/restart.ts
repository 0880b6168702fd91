import type {Client} from '../../shared/client.js';
import {describeHappening} from '../../shared/happenings.js';
import {within} from '../../shared/patience.js';
import type {Happening} from '../../shared/protocol.js';
import {readyOrThrow, requestRestart} from '../../shared/requests.js';
import type {Order} from '../cli.js';
import {renderCompleted} from '../render.js';
import {ANSWER_MS, type Output} from './output.js';

export async function restart(client: Client, order: Order, output: Output): Promise<void> {
  const attempts = order.retry ? 0 : 1;
  if (!order.wait) return acceptOnly(client, attempts, output);
  const onEvent = (event: Happening) => {
    if (isNews(event, order)) output.progress(describeHappening(event));
  };
  const verdict = await requestRestart(client, {attempts, timeoutMs: order.timeoutMs, onEvent});
  // With --json a restart that failed is data too; the exit status tells it besides.
  if (order.json) output.result(verdict, () => '');
  const ready = readyOrThrow(verdict);
  if (!order.json) output.result(ready, () => (ready.verdict === 'completed' ? renderCompleted(ready) : ''));
}

/** What the one who asked does not know already, and what the last line will not say again. */
function isNews(event: Happening, {retry}: Order): boolean {
  if (event.type === 'restart-asked') return event.queued;
  return event.type === 'start-failed' ? retry : event.type !== 'restarted';
}

/** The first event of a restart says that it is accepted. */
async function acceptOnly(client: Client, attempts: number, output: Output): Promise<void> {
  const accepted = new Promise<boolean>((resolve, reject) => {
    const onEvent = (event: Happening) => {
      if (event.type === 'restart-asked') resolve(event.queued);
    };
    client.request('restart', {attempts}, onEvent).then(() => resolve(false), reject);
  });
  const seconds = ANSWER_MS / 1000;
  const queued = await within(accepted, ANSWER_MS, {code: 'daemon-silent', path: client.path, seconds});
  const text = queued ? 'restart accepted; it follows the running one' : 'restart accepted';
  output.result({accepted: true, queued}, () => text);
}
