import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';

export const metrics: Command<'metrics'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'metrics');
  output.data(answer);
  // The text already ends with a newline.
  if (!output.json) await output.write(answer.text);
};
