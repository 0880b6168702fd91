import {Refusal} from '../../shared/words/errors.js';
import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';

export const cancel: Command<'cancel'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'cancel');
  const {cancelled, generation} = answer;
  output.data(answer);
  if (!cancelled) throw new Refusal({code: 'nothing-to-cancel', generation});
  const what = generation === null ? 'the restart' : `the start of generation ${generation}`;
  output.text(() => `cancelled ${what}`);
};
