/** Requests to a control socket without a process for each: for tests that are about something else. */
import {type Message, rawClient, request} from './raw-client.js';
import type {Rig} from './rig.js';

/** Asks for the status. As the answer comes behind all that ssd had to do before, this is a barrier too. */
export const status = (rig: Rig) => ask(rig, 'status');

/** Restarts with one attempt and waits for the verdict. */
export const restart = (rig: Rig) => ask(rig, 'restart');

/** The metrics as text. */
export const metrics = async (rig: Rig) => String((await ask(rig, 'metrics')).text);

/** Stops, and waits until ssd has said that it is gone. */
export async function stop(rig: Rig): Promise<void> {
  await ask(rig, 'stop');
}

/** The result of a request; what comes before it is passed over. */
async function ask(rig: Rig, method: string): Promise<NonNullable<Message['result']>> {
  const client = rawClient(rig.control);
  await client.next();
  client.say(request(1, method));
  let message = await client.next();
  while (message.id !== 1) message = await client.next();
  client.socket.destroy();
  if (message.result) return message.result;
  throw new Error(`${method} was refused: ${message.error?.message}`);
}
