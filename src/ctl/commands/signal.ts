import {Refusal} from '../../shared/words/errors.js';
import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';

export const signal: Command<'signal'> = async ({connect, output}, {signal: name, generation}) => {
  const answer = await answerTo(await connect(), 'signal', {signal: name, generation});
  if (output.json) output.result(answer, () => '');
  if (answer.pids.length === 0) throw new Refusal({code: 'nobody-signalled', signal: name, generation});
  if (!output.json) output.result(answer, () => `sent ${answer.signal} to pid ${answer.pids.join(', ')}`);
};
