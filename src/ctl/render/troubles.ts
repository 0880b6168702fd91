/** What is wrong now, and what failed lately: tables where there is room for them, else sentences. */

import type {Problem} from '../../shared/protocol/problem.js';
import type {FailureStatus} from '../../shared/protocol/status.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {formatDuration} from '../../shared/words/duration.js';
import {describeEnding, describeHint} from '../../shared/words/starts/failed-start.js';
import type {View} from '../terminal/view.js';
import {type Row, sentence, table, tableWidth} from './table.js';

export function problemTable(problems: readonly Problem[], view: View): string {
  if (problems.length === 0) return '';
  const rows = problems.map(problem => [
    {text: problem.code, tone: 'bad'} as const,
    ageOf(problem),
    `${problem.count}`,
    describeProblem(problem),
  ]);
  const lines = [['PROBLEM', 'AGE', 'COUNT', 'WHAT'], ...rows];
  return fits(lines, view) ? table(lines, view) : sentences(problems.map(problemSentence), view);
}

export function problemSentence(problem: Problem): string {
  const count = problem.count > 1 ? `, ${problem.count} times` : '';
  return `problem: ${describeProblem(problem)} (${problem.code}, for ${ageOf(problem)}${count})`;
}

export function failureTable(failures: readonly FailureStatus[], view: View): string {
  if (failures.length === 0) return '';
  const rows = failures.map(({generation, pid, what, attempt, ending, livedMs, agoMs}) => [
    `${generation}`,
    pid === null ? '-' : `${pid}`,
    whatOf({what, attempt}),
    {text: describeEnding(ending), tone: 'bad'} as const,
    formatDuration(livedMs),
    formatDuration(agoMs),
  ]);
  const lines = [['FAILED', 'PID', 'WHAT', 'REASON', 'LIVED', 'AGO'], ...rows];
  const text = fits(lines, view) ? table(lines, view) : sentences(failures.map(failureSentence), view);
  const hint = failures.at(-1)?.hint;
  return hint ? `${text}\n\n${sentence(`hint: ${describeHint(hint)}`, view)}` : text;
}

export function failureSentence({
  generation,
  pid,
  what,
  attempt,
  ending,
  livedMs,
  agoMs,
}: FailureStatus): string {
  const who = pid === null ? `generation ${generation}` : `generation ${generation} (pid ${pid})`;
  const lived = pid === null ? '' : ` after ${formatDuration(livedMs)}`;
  const when = what === 'lost' ? ', while serving' : what === 'rejected' ? '' : `, attempt ${attempt}`;
  return `failed ${formatDuration(agoMs)} ago: ${who} ${describeEnding(ending, lived)}${when}`;
}

function whatOf({what, attempt}: Pick<FailureStatus, 'what' | 'attempt'>): string {
  if (what === 'lost') return 'lost while serving';
  return what === 'rejected' ? 'on trial' : `attempt ${attempt} failed`;
}

/** The time of day comes from the daemon. Both programs run on the same machine, but its clock may have been set. */
function ageOf({since}: Problem): string {
  return formatDuration(Math.max(0, Date.now() - Date.parse(since)));
}

function fits(lines: readonly Row[], {columns}: View): boolean {
  return columns === null || tableWidth(lines) <= columns;
}

function sentences(texts: readonly string[], view: View): string {
  return texts.map(text => sentence(text, view)).join('\n');
}
