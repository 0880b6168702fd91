import {describeHappening} from '../../shared/describe-happening.js';
import type {Happening, Recorded} from '../../shared/happening.js';
import {soon} from '../answer.js';
import type {Command} from '../context.js';
import {printable} from '../printable.js';

export const events: Command<'events'> = async ({connect, output}, {sinceMs, follow}) => {
  const client = await connect();
  const show = (event: Happening | Recorded) => {
    output.result(event, () => printable(`${'at' in event ? event.at : '-'} ${describeHappening(event)}`));
  };
  const asked = client.request('events', {sinceMs, follow}, show);
  // To follow ends when ssd stops, or when nobody reads any more.
  await (follow ? Promise.race([asked, output.closed]) : soon(client, asked));
};
