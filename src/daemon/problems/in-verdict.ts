/** Adds what lasts to the verdict of a restart, so that a deploy which met it says so. */
import type {Answer} from '../../shared/protocol/verdict.js';
import type {Problems} from './problems.js';

/** @returns the answer as it is, or with the problems */
export function problemsInAnswer(answer: Answer, problems: Pick<Problems, 'list'>): Answer {
  // The answers to `scale` have no generation unless they failed, and a cancelled restart has met nothing.
  if (!('verdict' in answer && 'generation' in answer)) return answer;
  const lasting = problems.list();
  return lasting.length > 0 ? {...answer, problems: lasting} : answer;
}
