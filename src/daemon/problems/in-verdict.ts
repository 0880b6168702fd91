/** Adds the current problems to the verdict of a restart, so that a deploy shows them. */
import type {Answer} from '../../shared/protocol/verdict.js';
import type {Problems} from './problems.js';

/** @returns the answer as it is, or with the problems */
export function problemsInAnswer(answer: Answer, problems: Pick<Problems, 'list'>): Answer {
  // An answer to `scale` has no generation unless it failed. A cancelled restart has met no problem.
  if (!('verdict' in answer && 'generation' in answer)) return answer;
  const lasting = problems.list();
  return lasting.length > 0 ? {...answer, problems: lasting} : answer;
}
