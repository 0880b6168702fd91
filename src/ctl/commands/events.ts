import type {Happening, Recorded} from '../../shared/protocol/event.js';
import {describeHappening} from '../../shared/words/describe-event.js';
import {soon} from '../instance/answer.js';
import type {Command} from '../instance/context.js';
import {printable} from '../terminal/printable.js';

export const events: Command<'events'> = async ({connect, output}, {sinceMs, follow}) => {
  const client = await connect();
  const show = (event: Happening | Recorded) => {
    output.result(event, () => printable(`${'at' in event ? event.at : '-'} ${describeHappening(event)}`));
  };
  const asked = client.request('events', {sinceMs, follow}, show);
  // To follow ends when ssd stops, or when nobody reads any more.
  await (follow ? Promise.race([asked, output.closed]) : soon(client, asked));
};
