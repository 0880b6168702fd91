import {printable} from '../../shared/words/printable.js';
import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';
import {commandFor} from '../render/interrupted.js';

export const reopenLogs: Command<'reopen-logs'> = async ({connect, target, output}) => {
  const answer = await answerTo(await connect(), 'reopen-logs');
  const former = () => formerText(answer.onFormer ?? [], commandFor(target));
  output.result(answer, () => `reopened ${printable(answer.logFile)}${former()}`);
};

/** How many processes are named by their pids. */
const MOST = 8;

function formerText(pids: readonly number[], ssctl: string): string {
  if (pids.length === 0) return '';
  const who = pids.length > MOST ? `${pids.length} processes` : `pid ${pids.join(', ')}`;
  const write = pids.length === 1 ? 'writes' : 'write';
  return `; ${who} still ${write} to the former file until ${ssctl} restart; ssd --capture-output avoids that`;
}
