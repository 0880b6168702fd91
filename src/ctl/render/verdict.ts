/** The sentences for a restart or scale that succeeded. */

import type {Completed, Superseded} from '../../shared/client/requests.js';
import type {Scaled} from '../../shared/protocol/verdict.js';
import {describeTraffic} from '../../shared/words/describe-event.js';
import {formatDuration} from '../../shared/words/duration.js';
import {printable} from '../../shared/words/printable.js';
import {generationsOf, pidsOf} from '../../shared/words/wording.js';
import {PLAIN, type View, wrapped} from '../terminal/view.js';

export function renderReady(ready: Completed | Superseded, view: View = PLAIN): string {
  const text = ready.verdict === 'completed' ? renderCompleted(ready, view) : renderSuperseded(ready);
  return wrapped(`${text}${describeTraffic(ready)}`, view);
}

function renderSuperseded(ready: Superseded): string {
  const {generation, by, attempts} = ready;
  return `generation ${generation} became ready${attemptOf(attempts)}; generation ${by} has since replaced it and serves`;
}

function renderCompleted(completed: Completed, {paint}: View): string {
  const {generation, pids, release, readyMs, tookMs, replaced, retiring, attempts} = completed;
  const serves = paint(
    'good',
    `generation ${generation} (${pidsOf(pids)}) serves${release === undefined ? '' : ` from ${printable(release)}`}`,
  );
  const ready = `${serves}, ready after ${formatDuration(readyMs)}${attemptOf(attempts)}`;
  if (replaced.length === 0) return ready;
  const one = replaced.length === 1;
  const former = generationsOf(replaced);
  // It was stopped first, and the time is that of its successor.
  if (retiring.length === 0 && tookMs === readyMs) return `${ready}; ${former} had finished before`;
  if (retiring.length === 0) return `${ready}; ${former} finished after ${formatDuration(tookMs)}`;
  // With `--kill-old-delay` they are not told to finish yet.
  return `${ready}; ${former} ${one ? 'has' : 'have'} yet to finish`;
}

export function renderScaled(
  {workers, pids}: Extract<Scaled, {verdict: 'completed'}>,
  {paint}: View = PLAIN,
): string {
  const serve = `${workers} ${workers === 1 ? 'worker serves' : 'workers serve'}`;
  return pids.length === 0 || pidsOf(pids).endsWith('workers')
    ? paint('good', serve)
    : `${paint('good', serve)} (${pidsOf(pids)})`;
}

function attemptOf(attempts: number): string {
  return attempts > 1 ? ` at attempt ${attempts}` : '';
}
