/** Sends requests to a control socket without a process for each. It is for tests with another subject. */

import type {Problem} from '../../../src/shared/protocol/problem.js';
import type {Rig} from '../rig.js';
import {type Message, rawClient, request} from './raw-client.js';

/** Of a rig only the place of the control socket matters. */
type Reachable = Pick<Rig, 'control'>;

/** Asks for the status. The answer comes after everything that ssd had to do before, so this is a barrier too. */
export const status = (rig: Reachable) => send(rig, 'status');

/** The current problems. An answer leaves them out if there are none. */
export const problemsOf = async (rig: Reachable) =>
  ((await status(rig)) as {readonly problems?: readonly Problem[]}).problems ?? [];

/** Restarts with one attempt and waits for the verdict. */
export const restart = (rig: Reachable) => send(rig, 'restart');

/** The metrics as text. */
export const metrics = async (rig: Reachable) => String((await send(rig, 'metrics')).text);

/** Stops, and waits until ssd has said that it is gone. */
export async function stop(rig: Reachable): Promise<void> {
  await send(rig, 'stop');
}

/** The result of a request; what comes before it is ignored. */
export async function send(
  rig: Reachable,
  method: string,
  params?: object,
): Promise<NonNullable<Message['result']>> {
  const client = rawClient(rig.control);
  await client.next();
  client.say(request(1, method, params));
  let message = await client.next();
  while (message.id !== 1) message = await client.next();
  client.socket.destroy();
  if (message.result) return message.result;
  throw new Error(`${method} was refused: ${message.error?.message}`);
}
