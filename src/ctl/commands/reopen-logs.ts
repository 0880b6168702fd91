import {printable} from '../../shared/words/printable.js';
import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';

export const reopenLogs: Command<'reopen-logs'> = async ({connect, output}) => {
  const answer = await answerTo(await connect(), 'reopen-logs');
  output.result(answer, () => `reopened ${printable(answer.logFile)}`);
};
