/** The error on standard error: one line. A failed start adds the hint and the last output of the worker. */

import type {FailedStart} from '../../shared/protocol/event.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import type {Failure} from '../../shared/words/errors.js';
import {printable} from '../../shared/words/printable.js';
import {describeHint} from '../../shared/words/starts/failed-start.js';
import {describeFailure} from '../../shared/words/wording.js';
import {plainLine} from '../terminal/plain-line.js';
import {PLAIN, type View, wrapped} from '../terminal/view.js';

/**
 * @param ssctl how ssctl is called for the same instance
 * @returns one or more lines; the first begins with the name of the program
 */
export function renderRefusal(failure: Failure, view: View = PLAIN, ssctl?: string): string {
  return wrapped(`ssctl: ${textOf(failure, view, ssctl)}`, view);
}

function textOf(failure: Failure, {paint}: View, ssctl: string | undefined): string {
  const toned = (text: string) => text.replace(VERDICT, verdict => paint('bad', verdict));
  if (
    failure.code !== 'restart-failed' &&
    failure.code !== 'resume-failed' &&
    failure.code !== 'scale-failed'
  ) {
    return toned(printable(describeFailure(failure, ssctl)));
  }
  const {hint} = failure;
  const line = printable(describeFailure({...failure, hint: null}));
  const problems = (failure.problems ?? []).map(problem => printable(`warning: ${describeProblem(problem)}`));
  return [
    toned(line),
    ...(hint ? [`hint: ${describeHint(hint)}`] : []),
    ...lastWords(failure),
    ...problems,
  ].join('\n');
}

const VERDICT = /^(restart|resume|pause|scale) (failed|cancelled|superseded)/;

/** The standard error of the worker, or how to get it. */
function lastWords({ending, stderr}: Pick<FailedStart, 'ending' | 'stderr'>): readonly string[] {
  if (ending.type === 'not-spawned') return [];
  const said = ending.type === 'rejected' ? saidByCheck(ending.output) : [];
  if (ending.type === 'rejected' && !stderr?.length) return said;
  return [...said, ...saidByWorker(stderr)];
}

function saidByCheck(output: readonly string[]): readonly string[] {
  const lines = output.map(plainLine).map(line => `    ${line}`.trimEnd());
  return lines.length === 0 ? [] : ['the last lines of the check:', ...lines];
}

function saidByWorker(stderr: FailedStart['stderr']): readonly string[] {
  if (!stderr)
    return ['to see what it wrote to standard error, start ssd with --log-file=FILE or --capture-stderr'];
  const lines = stderr.map(plainLine);
  if (!lines.some(line => line !== '')) return ['it wrote nothing to standard error'];
  return ['its last lines on standard error:', ...lines.map(line => `    ${line}`.trimEnd())];
}
