import type {Recorded} from '../../shared/protocol/event.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import {printable} from '../../shared/words/printable.js';
import {withinAnswerTime} from '../instance/answer.js';
import type {Command} from '../instance/context.js';
import {readerGone} from '../terminal/reader.js';
import {wrapped} from '../terminal/view.js';

export const events: Command<'events'> = async ({connect, output}, {sinceMs, follow}) => {
  const client = await connect();
  const show = (event: Recorded) => {
    output.result(event, view => wrapped(printable(`${event.at} ${describeEvent(event)}`), view));
  };
  const asked = client.request('events', {sinceMs, follow}, show);
  // Following ends when ssd stops or standard output has no reader.
  await (follow ? Promise.race([asked, output.closed, readerGone()]) : withinAnswerTime(client, asked));
};
