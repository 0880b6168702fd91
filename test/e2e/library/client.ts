import type {ExecutionContext} from 'ava';
import {type Connection, connect, type Recorded, type ServerError} from '../../../src/library/index.js';
import type {Rig} from '../../helpers/rig.js';

/** A connection that is closed after the test. */
export async function connected(
  t: ExecutionContext,
  rig: Rig,
  more: {reconnect?: boolean} = {},
): Promise<Connection> {
  const ssd = await connect({control: rig.control, ...more});
  t.teardown(ssd.close);
  return ssd;
}

export async function errorOf(t: ExecutionContext, action: Promise<unknown>): Promise<ServerError> {
  return (await t.throwsAsync(action)) as ServerError;
}

export async function all(events: AsyncIterable<Recorded>, each: (event: Recorded) => void = () => {}) {
  const found: Recorded[] = [];
  for await (const event of events) {
    found.push(event);
    each(event);
  }
  return found;
}
