import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';

export const metrics: Command<'metrics'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'metrics');
  // The text already ends with a newline.
  if (output.json) output.result(answer, () => '');
  else await output.write(answer.text);
};
