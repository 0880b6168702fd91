import {Refusal} from '../../shared/words/errors.js';
import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';

export const signal: Command<'signal'> = async ({connect, output}, {signal: name, generation}) => {
  const answer = await answerTo(await connect(), 'signal', {signal: name, generation});
  output.data(answer);
  // An older ssd does not report `refused`.
  const {pids, refused = []} = answer;
  if (pids.length + refused.length === 0)
    throw new Refusal({code: 'nobody-signalled', signal: name, generation});
  if (pids.length > 0) output.text(() => `sent ${answer.signal} to pid ${pids.join(', ')}`);
  if (refused.length > 0) throw new Refusal({code: 'signal-partly-sent', signal: name, refused});
};
