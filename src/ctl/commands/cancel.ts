import {Refusal} from '../../shared/errors.js';
import {answerTo} from '../answer.js';
import type {Command} from '../context.js';

export const cancel: Command<'cancel'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'cancel');
  const {cancelled, generation} = answer;
  if (output.json) output.result(answer, () => '');
  if (!cancelled) throw new Refusal({code: 'nothing-to-cancel', generation});
  const what = generation === null ? 'the restart' : `generation ${generation}`;
  if (!output.json) output.result(answer, () => `cancelled: ${what} is given up`);
};
