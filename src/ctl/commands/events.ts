import {readEvents} from '../../shared/client/read-events.js';
import {describeEvent} from '../../shared/words/describe-event.js';
import {printable} from '../../shared/words/printable.js';
import {withinAnswerTime} from '../instance/answer.js';
import type {Command} from '../instance/context.js';
import {readerGone} from '../terminal/reader.js';
import {wrapped} from '../terminal/view.js';

export const events: Command<'events'> = async ({connect, output}, {sinceMs, follow}) => {
  const client = await connect();
  const showAll = async () => {
    for await (const event of readEvents(client, {sinceMs, follow}))
      output.result(event, view => wrapped(printable(`${event.at} ${describeEvent(event)}`), view));
  };
  // Following ends when ssd stops or standard output has no reader.
  await (follow
    ? Promise.race([showAll(), output.closed, readerGone()])
    : withinAnswerTime(client, showAll()));
};
