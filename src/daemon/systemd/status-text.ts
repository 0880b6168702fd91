/** What a service manager shows of ssd (`systemctl status`): one line. */
import type {ProblemFacts} from '../../shared/protocol/problem.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {printable} from '../../shared/words/printable.js';
import type {Report} from '../core/views/views.js';

/** The longest text. systemd shows it in one line, and a message that is too long would be lost whole. */
const MAX_TEXT = 500;

/** @example describeService(report, []) // 'generation 1 is ready; generation 2 is starting' */
export function describeService(report: Report, problems: readonly ProblemFacts[]): string {
  const parts = [
    ...(report.wanted === 'stopped' ? ['stopping'] : servingParts(report)),
    ...warnings(problems),
  ];
  return printable(parts.join('; ')).slice(0, MAX_TEXT);
}

function servingParts({paused, ...report}: Report): string[] {
  if (paused) return ['paused'];
  const {current, isTried, incoming, standIn, ready, workers, failed, attempts} = report;
  const some = ready < workers ? `, ${ready} of ${workers} workers` : '';
  const parts: string[] = [];
  if (current !== null) parts.push(`generation ${current} is ${isTried ? 'on trial' : 'ready'}${some}`);
  else if (standIn !== null) parts.push(`generation ${standIn} serves on`);
  else if (incoming === null || attempts > 0) parts.push('no generation is ready');
  if (attempts > 1) parts.push(`${attempts} attempts have failed`);
  else if (failed !== null) parts.push(`generation ${failed} has failed to start`);
  if (incoming !== null) parts.push(`generation ${incoming} is starting`);
  return parts;
}

function warnings([first, ...others]: readonly ProblemFacts[]): string[] {
  if (!first) return [];
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  return [`warning: ${describeProblem(first)}${more}`];
}
