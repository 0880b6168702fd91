/** A generation and its workers, as the page shows them. The columns and words are those of `ssctl status`. */
/** @import {GenerationStatus, Status, WorkerStatus} from '../../../../shared/protocol/status.js' */
/** @import {Badge, Tone} from '../types.js' */
import {formatDuration, formatSize, serves} from '../common.js';

/**
 * @typedef {object} WorkerView
 * @property {string} key
 * @property {string} phase
 * @property {Tone} tone
 * @property {boolean} isNotable something is under way with it, or was
 * @property {Readonly<Record<string, string>>} cells by the name of the column; an empty one is not shown
 */

/**
 * @typedef {object} GenerationView
 * @property {number} number
 * @property {readonly Badge[]} badges
 * @property {readonly string[]} facts
 * @property {string} summary
 * @property {readonly {readonly name: string, readonly title: string}[]} columns
 * @property {readonly WorkerView[]} workers
 */

/** In the order of the table. */
const COLUMNS = [
  {name: 'index', title: 'Worker'},
  {name: 'pid', title: 'Pid'},
  {name: 'phase', title: 'Phase'},
  {name: 'age', title: 'Age'},
  {name: 'memory', title: 'Memory'},
  {name: 'cpu', title: 'CPU'},
  {name: 'connections', title: 'Conns'},
  {name: 'oldest', title: 'Oldest'},
  {name: 'restarts', title: 'Restarts'},
  {name: 'text', title: 'Status'},
];

/**
 * @param {Status} status
 * @param {Status | null} before an earlier one; the processor time then counts from it
 * @returns {readonly GenerationView[]} the one that serves first
 */
export function generationViews(status, before) {
  const earlier = new Map(workersOf(before).map(worker => [worker.pid, worker]));
  const views = status.generations.map(one => generationView(one, status, earlier));
  const rank = (/** @type {GenerationView} */ {number}) =>
    number === status.incoming ? 0 : number === status.current ? 1 : 2;
  return views.sort((one, other) => rank(one) - rank(other) || other.number - one.number);
}

/**
 * @param {GenerationStatus} generation
 * @param {Status} status
 * @param {ReadonlyMap<number | null, WorkerStatus>} earlier
 * @returns {GenerationView}
 */
function generationView(generation, status, earlier) {
  const workers = generation.workers.map(worker => workerView(worker, earlier.get(worker.pid)));
  const columns = COLUMNS.filter(({name}) => workers.some(({cells}) => cells[name]));
  const {ageMs, release, adopted} = generation;
  const from = release === undefined ? [] : [release];
  return {
    number: generation.generation,
    badges: badgesOf(generation, status),
    facts: [
      `age ${formatDuration(ageMs)}`,
      ...from,
      ...(adopted ? ['taken over from an ssd that has died'] : []),
    ],
    summary: summaryOf(generation.workers),
    columns,
    workers,
  };
}

/** @type {Readonly<Record<GenerationStatus['phase'], Badge>>} */
const PHASES = {
  starting: {text: 'starting', tone: 'busy'},
  ready: {text: 'serving', tone: 'good'},
  held: {text: 'held', tone: 'trial'},
  retiring: {text: 'retiring', tone: 'faint'},
};

/**
 * @param {GenerationStatus} generation
 * @param {Status} status
 * @returns {readonly Badge[]}
 */
function badgesOf({generation, phase}, {trial}) {
  const badge = PHASES[phase] ?? {text: phase, tone: 'faint'};
  return trial?.generation === generation ? [badge, {text: 'on trial', tone: 'trial'}] : [badge];
}

/** @param {readonly WorkerStatus[]} workers */
function summaryOf(workers) {
  const ready = workers.filter(serves).length;
  const memory = sum(workers.map(({memoryBytes}) => memoryBytes));
  const connections = sum(workers.map(one => one.connections));
  return [
    `${ready} of ${workers.length} ready`,
    ...(memory === null ? [] : [formatSize(memory)]),
    ...(connections === null ? [] : [`${connections} ${connections === 1 ? 'connection' : 'connections'}`]),
  ].join(' · ');
}

/** @param {readonly (number | null)[]} values */
function sum(values) {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : known.reduce((one, other) => one + other, 0);
}

/** @type {Readonly<Record<string, Tone>>} */
const TONES = {
  pending: 'busy',
  starting: 'busy',
  ready: 'good',
  retiring: 'faint',
  lingering: 'busy',
  stopped: 'bad',
};

/**
 * @param {WorkerStatus} worker
 * @param {WorkerStatus | undefined} earlier
 * @returns {WorkerView}
 */
function workerView(worker, earlier) {
  const {index, pid, ageMs, memoryBytes, connections, oldestConnectionMs, restarts} = worker;
  const phase = worker.phase === 'ready' && worker.stopped ? 'stopped' : worker.phase;
  return {
    key: `${index} ${pid}`,
    phase,
    tone: TONES[phase] ?? 'faint',
    isNotable: phase !== 'ready' || worker.stopping || restarts > 0 || worker.tooHeavy !== undefined,
    cells: {
      index: `${index}`,
      pid: pid === null ? '' : `${pid}`,
      phase,
      age: pid === null ? '' : formatDuration(ageMs),
      memory: memoryBytes === null ? '' : formatSize(memoryBytes),
      cpu: cpuShare(worker, earlier),
      connections: connections === null ? '' : `${connections}`,
      oldest: oldestConnectionMs === null ? '' : formatDuration(oldestConnectionMs),
      restarts: restarts === 0 ? '' : `${restarts}`,
      text: statusText(worker),
    },
  };
}

/** @param {WorkerStatus} worker */
function statusText({text, stopping, stopped, retiringMs, tooHeavy}) {
  return [
    text,
    stopping ? 'stopping' : '',
    stopped ? 'stopped by a signal' : '',
    tooHeavy ? `takes ${formatSize(tooHeavy.bytes)} of memory, its successor starts` : '',
    retiringMs === null ? '' : `told to finish ${formatDuration(retiringMs)} ago`,
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * The share since the worker started, as in ps(1), or since the earlier status.
 *
 * @param {WorkerStatus} worker
 * @param {WorkerStatus | undefined} earlier
 */
function cpuShare({pid, cpuMs, ageMs}, earlier) {
  if (pid === null || cpuMs === null) return '';
  const spentMs = cpuMs - (earlier?.cpuMs ?? 0);
  const passedMs = ageMs - (earlier && earlier.cpuMs !== null ? earlier.ageMs : 0);
  return `${(passedMs > 0 ? Math.max(0, (100 * spentMs) / passedMs) : 0).toFixed(1)}%`;
}

/**
 * @param {Status | null} status
 * @returns {readonly WorkerStatus[]}
 */
function workersOf(status) {
  return (status?.generations ?? []).flatMap(({workers}) => workers).filter(({pid}) => pid !== null);
}
