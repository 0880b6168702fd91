/** Ends what goes on: a restart whose generation is not ready yet, or the trial of one that is. */
import {Refusal} from '../../../shared/words/errors.js';
import {answerTo} from '../../instance/answer.js';
import type {Command} from '../../instance/context.js';

export const cancel: Command<'cancel'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'cancel');
  const {cancelled, generation} = answer;
  output.data(answer);
  if (!cancelled) throw new Refusal({code: 'nothing-to-cancel', generation});
  const what = generation === null ? 'the restart' : `the start of generation ${generation}`;
  output.text(() => `cancelled ${what}`);
};

export const accept: Command<'accept'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'accept');
  output.data(answer);
  if (!answer.accepted) throw new Refusal({code: 'nothing-on-trial', verb: 'accept', generation: null});
  output.text(() => `accepted generation ${answer.generation}`);
};

export const reject: Command<'reject'> = async ({connect, output}, {reason}) => {
  const answer = await answerTo(await connect(), 'reject', {reason});
  const {rejected, generation, back} = answer;
  output.data(answer);
  if (!rejected) throw new Refusal({code: 'nothing-on-trial', verb: 'reject', generation});
  output.text(() => `rejected generation ${generation}; generation ${back} is current again`);
};
