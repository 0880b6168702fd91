/** Draws the problems that last. */
/** @import {Problem} from '../../../../shared/protocol/problem.js' */
import {describeProblem, formatDuration} from '../common.js';
import {list, make, say} from './dom.js';

/**
 * @param {HTMLElement} parent
 * @param {readonly Problem[]} problems
 * @param {number} now the time of day at ssd
 */
export function drawProblems(parent, problems, now) {
  const items = problems.map(problem => ({problem, now}));
  list(parent, items, ({problem: {code, subject}}) => `${code} ${subject}`, createProblem);
}

function createProblem() {
  const [code, text, age] = [make('code'), make('span', 'text'), make('span', 'age')];
  const root = make('li', 'problem', [code, text, age]);
  /** @param {{readonly problem: Problem, readonly now: number}} item */
  const update = ({problem, now}) => {
    say(code, problem.code);
    say(text, describeProblem(problem));
    const lasted = formatDuration(Math.max(0, now - Date.parse(problem.since)));
    say(age, problem.count === 1 ? `for ${lasted}` : `for ${lasted}, ${problem.count} times`);
  };
  return {root, update};
}
