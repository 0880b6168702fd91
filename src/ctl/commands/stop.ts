import {requestStop} from '../../shared/client/requests.js';
import type {Command} from '../instance/context.js';
import {whisperEvents} from '../instance/whisper-events.js';

export const stop: Command<'stop'> = async ({connect, output}, details) => {
  const client = await connect();
  const {pid, instance} = client.hello;
  whisperEvents(client, output.progress);
  await requestStop(client, details);
  output.progress.end();
  output.result({stopped: true, instance, pid}, () => `${instance} (pid ${pid}) is stopped`);
};
