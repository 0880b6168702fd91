/** The output of `ssctl status`. */

import type {Problem} from '../../shared/protocol/problem.js';
import type {FailureStatus, ListenerStatus, Status, WorkerStatus} from '../../shared/protocol/status.js';
import {describeProblem} from '../../shared/words/describe-problem.js';
import {formatDuration} from '../../shared/words/duration.js';
import {describeEnding, describeHint} from '../../shared/words/wording.js';
import {facts, table} from './table.js';

/** @param before an earlier view; the processor time then counts from it */
export function renderStatus(status: Status, before: Status | null = null): string {
  const {instance, version, pid, uptimeMs, wanted, workers, program, listeners, logFile} = status;
  const head = facts([
    ['instance', instance],
    ['pid', `${pid}, up ${formatDuration(uptimeMs)}, ssd ${version}`],
    ['wanted', workers > 1 ? `${wanted}, ${workers} workers` : wanted],
    ['program', program.map(quoted).join(' ')],
    ...(logFile === null ? [] : [['log file', logFile] as const]),
    ...listeners.map((listener, index) => [index === 0 ? 'listeners' : '', listenerText(listener)] as const),
  ]);
  return [
    head,
    workerTable(status, before),
    problemTable(status.problems ?? []),
    failureTable(status.failures),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function listenerText({type, address, fd, name, queue}: ListenerStatus): string {
  // A listener on all addresses is named by its port, and the address already shows the port.
  const named = name === address || address.endsWith(`:${name}`) ? '' : `, named ${name}`;
  const waiting = queue === null ? '' : `, queue ${queue.waiting}/${queue.limit}`;
  return `${type} ${address} as descriptor ${fd}${named}${waiting}`;
}

type Row = {
  readonly generation: number;
  readonly worker: WorkerStatus;
  /** The processor share of the worker, in percent. */
  readonly cpu: number | null;
};

type Column = {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Whether the cell has content. A column without content is left out. */
  readonly tells?: (row: Row) => boolean;
};

const COLUMNS: readonly Column[] = [
  {title: 'GENERATION', cell: ({generation}) => `${generation}`},
  {title: 'WORKER', cell: ({worker}) => `${worker.index}`, tells: ({worker}) => worker.index > 0},
  {title: 'PID', cell: ({worker}) => orDash(worker.pid, String)},
  {title: 'PHASE', cell: ({worker}) => worker.phase},
  {title: 'AGE', cell: ({worker}) => (worker.pid === null ? '-' : formatDuration(worker.ageMs))},
  {
    title: 'MEMORY',
    cell: ({worker}) => orDash(worker.memoryBytes, formatBytes),
    tells: ({worker}) => worker.memoryBytes !== null,
  },
  {title: 'CPU%', cell: ({cpu}) => orDash(cpu, share => share.toFixed(1)), tells: ({cpu}) => cpu !== null},
  {title: 'RESTARTS', cell: ({worker}) => `${worker.restarts}`, tells: ({worker}) => worker.restarts > 0},
  {title: 'STATUS', cell: statusText, tells: row => statusText(row) !== ''},
];

function workerTable({generations}: Status, before: Status | null): string {
  if (generations.length === 0) return 'no generation is running';
  const earlier = new Map(workersOf(before).map(worker => [worker.pid, worker]));
  const rows = generations.flatMap(({generation, workers}) =>
    workers.map(worker => ({generation, worker, cpu: cpuShare(worker, earlier.get(worker.pid))})),
  );
  const columns = COLUMNS.filter(({tells}) => !tells || rows.some(tells));
  return table([columns.map(({title}) => title), ...rows.map(row => columns.map(({cell}) => cell(row)))]);
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

function statusText({worker: {text, stopping}}: Row): string {
  if (!stopping) return text ?? '';
  return text ? `${text} (stopping)` : 'stopping';
}

function failureTable(failures: readonly FailureStatus[]): string {
  if (failures.length === 0) return '';
  const rows = failures.map(({generation, pid, what, attempt, ending, livedMs, agoMs}) => [
    `${generation}`,
    orDash(pid, String),
    what === 'lost' ? 'lost while serving' : `attempt ${attempt} failed`,
    describeEnding(ending),
    formatDuration(livedMs),
    formatDuration(agoMs),
  ]);
  const hint = failures.at(-1)?.hint;
  const text = table([['FAILED', 'PID', 'WHAT', 'REASON', 'LIVED', 'AGO'], ...rows]);
  return hint ? `${text}\n\nhint: ${describeHint(hint)}` : text;
}

/** The time of day comes from the daemon. Both programs run on the same machine. */
function problemTable(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  const rows = problems.map(problem => [
    problem.code,
    problem.since.replace(/\.\d+Z$/, 'Z'),
    `${problem.count}`,
    describeProblem(problem),
  ]);
  return table([['PROBLEM', 'SINCE', 'COUNT', 'WHAT'], ...rows]);
}

function orDash<T>(value: T | null, text: (value: T) => string): string {
  return value === null ? '-' : text(value);
}

/** @example formatBytes(35_651_584) === '34.0M' */
function formatBytes(bytes: number): string {
  const units = ['K', 'M', 'G', 'T'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value.toFixed(unit === 0 ? 0 : 1)}${units[unit]}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
