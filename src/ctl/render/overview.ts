/** The view of `ssctl status --watch`: all of the status if there is room for it, else what matters first. */

import type {Status, WorkerStatus} from '../../shared/protocol/status.js';
import {formatDuration} from '../../shared/words/duration.js';
import {cut} from '../../shared/words/layout/columns.js';
import {printable} from '../../shared/words/printable.js';
import type {Tone, View} from '../terminal/view.js';
import {renderStatus, wantedText} from './status.js';
import {failureSentence, problemSentence} from './troubles.js';
import {phaseOf, type Row, workerRows, workerTable} from './workers.js';

export function renderOverview(status: Status, before: Status | null, view: View): string {
  const whole = renderStatus(status, before, view);
  const {rows} = view;
  if (rows === null || whole.split('\n').length <= rows) return whole;
  const {instance, pid, uptimeMs, problems, failures} = status;
  const head = `${instance}, pid ${pid}, up ${formatDuration(uptimeMs)}: ${wantedText(status)}`;
  const share = Math.max(1, Math.floor(rows / 4));
  const troubles = [
    ...summed((problems ?? []).map(problemSentence), share, 'problems'),
    ...summed([...failures].reverse().map(failureSentence), share, 'earlier failures'),
  ];
  const line = (text: string, tone: Tone) => view.paint(tone, oneLine(text, view));
  const above = [line(head, 'strong'), ...troubles.map(text => line(text, 'bad'))].slice(0, rows);
  return [...above, ...workerLines(workerRows(status, before), rows - above.length, view)].join('\n');
}

function oneLine(text: string, {columns}: View): string {
  return columns === null ? printable(text) : cut(printable(text), columns);
}

function summed(texts: readonly string[], most: number, what: string): readonly string[] {
  if (texts.length <= most) return texts;
  const shown = Math.max(1, most - 1);
  return [...texts.slice(0, shown), `… and ${texts.length - shown} ${what}`].slice(0, most);
}

/** What is under way comes first. The last line says how many others there are. */
function workerLines(workers: readonly Row[], room: number, view: View): readonly string[] {
  const sorted = [...workers].sort((one, other) => urgency(one.worker) - urgency(other.worker));
  const isAll = sorted.length + HEAD <= room;
  const shown = sorted.slice(0, isAll ? sorted.length : Math.max(0, room - HEAD - 1));
  if (shown.length === 0) return workers.length > 0 && room > 0 ? [rest(sorted, view)] : [];
  const lines = workerTable(shown, view).split('\n');
  return isAll ? lines : [...lines, rest(sorted.slice(shown.length), view)];
}

const HEAD = 1;

function urgency({phase, stopping, stopped, restarts}: WorkerStatus): number {
  if (phase === 'starting' || phase === 'pending') return 0;
  if (phase === 'retiring' || phase === 'lingering') return 1;
  if (phase !== 'ready' || stopping || stopped) return 2;
  return restarts > 0 ? 3 : 4;
}

/** @example '… and 52 ready workers' */
function rest(rows: readonly Row[], view: View): string {
  const counts = new Map<string, number>();
  for (const {worker} of rows) counts.set(phaseOf(worker), (counts.get(phaseOf(worker)) ?? 0) + 1);
  const phases = [...counts].map(([phase, count]) => `${count} ${phase}`);
  return oneLine(`… and ${phases.join(', ')} ${rows.length === 1 ? 'worker' : 'workers'}`, view);
}
