import {answerTo} from '../answer.js';
import type {Command} from '../context.js';

export const reopenLogs: Command<'reopen-logs'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'reopen-logs');
  output.result(answer, () => `${answer.logFile} is opened anew`);
};
