import type {Client} from '../../shared/client.js';
import {requestStop} from '../../shared/requests.js';
import type {Output} from './output.js';

export async function stop(client: Client, timeoutMs: number | null, output: Output): Promise<void> {
  const {pid, instance} = client.hello;
  await requestStop(client, timeoutMs);
  output.result({stopped: true, instance, pid}, () => `${instance} (pid ${pid}) is stopped`);
}
