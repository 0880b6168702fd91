/** The sentences for a restart or scale that succeeded. */

import type {Completed, Superseded} from '../../shared/client/requests.js';
import type {Scaled} from '../../shared/protocol/verdict.js';
import {formatDuration} from '../../shared/words/duration.js';

export function renderReady(ready: Completed | Superseded): string {
  if (ready.verdict === 'completed') return renderCompleted(ready);
  const {generation, by, attempts} = ready;
  return `generation ${generation} became ready${attemptOf(attempts)}; generation ${by} has since replaced it and serves`;
}

function renderCompleted(completed: Completed): string {
  const {generation, pids, readyMs, tookMs, replaced, retiring, attempts} = completed;
  const ready = `generation ${generation} (${pidsOf(pids)}) serves, ready after ${formatDuration(readyMs)}${attemptOf(attempts)}`;
  if (replaced.length === 0) return ready;
  const end = retiring.length > 0 ? 'is finishing' : `finished after ${formatDuration(tookMs)}`;
  return `${ready}; generation ${replaced.join(', ')} ${end}`;
}

export function renderScaled({workers, pids}: Extract<Scaled, {verdict: 'completed'}>): string {
  return `${workers} ${workers === 1 ? 'worker serves' : 'workers serve'} (${pidsOf(pids)})`;
}

function attemptOf(attempts: number): string {
  return attempts > 1 ? ` at attempt ${attempts}` : '';
}

/** Lists the pids. Too many for one line are only counted. */
function pidsOf(pids: readonly number[]): string {
  return pids.length > MANY ? `${pids.length} workers` : `pid ${pids.join(', ')}`;
}

const MANY = 8;
