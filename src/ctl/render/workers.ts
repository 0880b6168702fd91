/** The table of workers in `ssctl status`. */

import type {Status, WorkerPhase, WorkerStatus} from '../../shared/protocol/status.js';
import {formatDuration} from '../../shared/words/duration.js';
import {formatSize} from '../../shared/words/size.js';
import type {Tone, View} from '../terminal/view.js';
import {type Cell, cutLast, type Row as Line, table, tableWidth} from './table.js';

/** One worker. */
export type Row = {
  readonly generation: number;
  readonly worker: WorkerStatus;
  /** An ssd that was killed has started it. */
  readonly adopted: boolean;
  /** The processor share of the worker, in percent. */
  readonly cpu: number | null;
};

type Column = {
  readonly title: string;
  /** The title where there is little room. */
  readonly short?: string;
  readonly cell: (row: Row) => Cell;
  /** Whether the cell has content. A column without content is left out. */
  readonly tells?: (row: Row) => boolean;
};

const COLUMNS: readonly Column[] = [
  {title: 'GENERATION', short: 'GEN', cell: ({generation}) => `${generation}`},
  {
    title: 'WORKER',
    short: 'NR',
    cell: ({worker}) => `${worker.index}`,
    tells: ({worker}) => worker.index > 0,
  },
  {title: 'PID', cell: ({worker}) => orDash(worker.pid, String)},
  {title: 'PHASE', cell: ({worker}) => phaseCell(phaseOf(worker))},
  {title: 'AGE', cell: ({worker}) => (worker.pid === null ? '-' : formatDuration(worker.ageMs))},
  {
    title: 'MEMORY',
    cell: ({worker}) => orDash(worker.memoryBytes, formatSize),
    tells: ({worker}) => worker.memoryBytes !== null,
  },
  {title: 'CPU%', cell: ({cpu}) => orDash(cpu, share => share.toFixed(1)), tells: ({cpu}) => cpu !== null},
  {
    title: 'CONNS',
    cell: ({worker}) => orDash(worker.connections, String),
    tells: ({worker}) => (worker.connections ?? 0) > 0,
  },
  {
    title: 'OLDEST',
    cell: ({worker}) => orDash(worker.oldestConnectionMs, formatDuration),
    tells: ({worker}) => typeof worker.oldestConnectionMs === 'number',
  },
  {title: 'RESTARTS', cell: ({worker}) => `${worker.restarts}`, tells: ({worker}) => worker.restarts > 0},
  {title: 'STATUS', cell: statusText, tells: row => statusText(row) !== ''},
];

/** What is left out first where there is no room for all. */
const LEFT_OUT = ['CPU%', 'MEMORY', 'OLDEST', 'RESTARTS', 'AGE', 'CONNS', 'WORKER'];

/** A status is not cut to less than this before another column is left out. */
const LEAST_STATUS = 12;

const TONES: Readonly<Partial<Record<string, Tone>>> = {
  pending: 'busy',
  starting: 'busy',
  ready: 'good',
  retiring: 'faint',
  lingering: 'busy',
  stopped: 'bad',
} satisfies Record<WorkerPhase | 'stopped', Tone>;

/** The phase as it is shown: a ready worker that is stopped by a signal does nothing. */
export function phaseOf({phase, stopped}: WorkerStatus): string {
  return phase === 'ready' && stopped ? 'stopped' : phase;
}

function phaseCell(phase: string): Cell {
  return {text: phase, tone: TONES[phase] ?? null};
}

/** @param before an earlier view; the processor time then counts from it */
export function workerRows({generations}: Status, before: Status | null): readonly Row[] {
  const earlier = new Map(workersOf(before).map(worker => [worker.pid, worker]));
  return generations.flatMap(({generation, workers, adopted = false}) =>
    workers.map(worker => ({
      generation,
      worker,
      adopted,
      cpu: cpuShare(worker, earlier.get(worker.pid)),
    })),
  );
}

export function workerTable(rows: readonly Row[], view: View): string {
  const columns = COLUMNS.filter(({tells}) => !tells || rows.some(tells));
  const {columns: room} = view;
  if (room === null) return table(linesOf(columns, rows, 'title'), view);
  for (const left of layouts(columns)) {
    const lines = linesOf(left.columns, rows, left.titles);
    const isCut = left.columns.some(({title}) => title === 'STATUS');
    const fitting = isCut ? cutLast(lines, view, LEAST_STATUS) : lines;
    if (tableWidth(fitting) <= room) return table(fitting, view);
  }
  return table(linesOf(columns.slice(0, LEAST_COLUMNS), rows, 'short'), view);
}

const LEAST_COLUMNS = 4;

type Layout = {readonly columns: readonly Column[]; readonly titles: 'title' | 'short'};

/** From the one that shows most to the one that takes least room. */
function layouts(columns: readonly Column[]): readonly Layout[] {
  const fewer = LEFT_OUT.map((_, nth) => ({
    columns: columns.filter(({title}) => !LEFT_OUT.slice(0, nth + 1).includes(title)),
    titles: 'short' as const,
  }));
  return [{columns, titles: 'title'}, {columns, titles: 'short'}, ...fewer];
}

function linesOf(
  columns: readonly Column[],
  rows: readonly Row[],
  titles: Layout['titles'],
): readonly Line[] {
  const head = columns.map(({title, short}) => (titles === 'short' ? (short ?? title) : title));
  return [head, ...rows.map(row => columns.map(({cell}) => cell(row)))];
}

/** The processor share since the worker started, as in ps(1), or since the earlier view. */
function cpuShare({pid, cpuMs, ageMs}: WorkerStatus, earlier: WorkerStatus | undefined): number | null {
  if (pid === null || cpuMs === null) return null;
  const spentMs = cpuMs - (earlier?.cpuMs ?? 0);
  const passedMs = ageMs - (earlier && earlier.cpuMs !== null ? earlier.ageMs : 0);
  return passedMs > 0 ? Math.max(0, (100 * spentMs) / passedMs) : 0;
}

function workersOf(status: Status | null): readonly WorkerStatus[] {
  return (status?.generations ?? []).flatMap(({workers}) => workers).filter(({pid}) => pid !== null);
}

function statusText({worker: {text, stopping, stopped, retiringMs, tooHeavy}, adopted}: Row): string {
  const told = typeof retiringMs !== 'number' ? '' : `told to finish ${formatDuration(retiringMs)} ago`;
  const heavy = tooHeavy ? `takes ${formatSize(tooHeavy.bytes)} of memory, its successor starts` : '';
  return [
    text,
    adopted ? 'adopted' : '',
    stopping ? 'stopping' : '',
    stopped ? 'stopped by a signal' : '',
    heavy,
    told,
  ]
    .filter(Boolean)
    .join(', ');
}

/** An older daemon does not send every value. */
function orDash<T>(value: T | null | undefined, text: (value: T) => string): string {
  return value === null || value === undefined ? '-' : text(value);
}
