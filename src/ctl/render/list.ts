/** The output of `ssctl list`. */
import {formatDuration} from '../../shared/words/duration.js';
import {PLAIN, type Tone, type View} from '../terminal/view.js';
import {type Row, sentence, table, tableWidth} from './table.js';

/**
 * `stalled`: the workers of the current generation are stopped by a signal. `dead`: only its socket is left. `orphaned`: its workers, too. `silent`: it does not answer. `forbidden`: another user owns it. `foreign`: another user
 * made the socket under our name, or could have made it.
 */
export type InstanceState =
  | 'running'
  | 'starting'
  | 'restarting'
  | 'trial'
  | 'failing'
  | 'stalled'
  | 'paused'
  | 'stopping'
  | 'dead'
  | 'orphaned'
  | 'silent'
  | 'forbidden'
  | 'foreign'
  | 'unknown';

/** One row of the list. null means unknown. */
export type Instance = {
  readonly name: string;
  readonly path: string;
  readonly state: InstanceState;
  readonly pid: number | null;
  readonly uptimeMs: number | null;
  readonly current: number | null;
  readonly workers: {readonly ready: number; readonly wanted: number} | null;
  /** The number of current problems. */
  readonly problems: number | null;
  /** That of the current generation; left out without `--release`. */
  readonly release?: string;
  /** The pids of workers that live without an ssd; left out unless the instance is `orphaned`. */
  readonly orphans?: readonly number[];
};

export function renderList(instances: readonly Instance[], view: View = PLAIN): string {
  const lines = linesOf(instances);
  if (view.columns === null || tableWidth(lines) <= view.columns) return table(lines, view);
  return instances.map(instance => sentence(sentenceOf(instance), view)).join('\n');
}

function linesOf(instances: readonly Instance[]): readonly Row[] {
  const rows = instances.map(({name, pid, uptimeMs, current, workers, state}) => [
    name,
    pid === null ? '-' : `${pid}`,
    uptimeMs === null ? '-' : formatDuration(uptimeMs),
    current === null ? '-' : `${current}`,
    workers === null ? '-' : `${workers.ready}/${workers.wanted}`,
    {text: state, tone: TONES[state]},
  ]);
  const head = ['NAME', 'PID', 'UPTIME', 'GENERATION', 'WORKERS', 'STATE'];
  const more = [
    {title: 'PROBLEMS', text: ({problems}: Instance) => (problems ? `${problems}` : '')},
    {title: 'RELEASE', text: ({release}: Instance) => release ?? ''},
    {title: 'ORPHANS', text: ({orphans = []}: Instance) => orphans.join(' ')},
  ].filter(({text}) => instances.some(instance => text(instance) !== ''));
  const told = rows.map((row, nth) => {
    const instance = instances[nth];
    return [...row, ...more.map(({text}) => (instance && text(instance)) || '-')];
  });
  return [[...head, ...more.map(({title}) => title)], ...told];
}

/** For a terminal that is too narrow for the table. */
function sentenceOf(instance: Instance): string {
  const {name, pid, uptimeMs, current, workers, state, problems, release, orphans = []} = instance;
  const facts = [
    pid === null ? '' : `pid ${pid}`,
    uptimeMs === null ? '' : `up ${formatDuration(uptimeMs)}`,
    current === null ? '' : `generation ${current}`,
    workers === null ? '' : `${workers.ready} of ${workers.wanted} ready`,
    problems ? `${problems} ${problems === 1 ? 'problem' : 'problems'}` : '',
    release ?? '',
    orphans.length === 0 ? '' : `its workers serve on: pid ${orphans.join(', ')}`,
  ];
  return [`${name}: ${state}`, ...facts.filter(Boolean)].join(', ');
}

const TONES: Readonly<Record<InstanceState, Tone>> = {
  running: 'good',
  starting: 'busy',
  restarting: 'busy',
  trial: 'busy',
  failing: 'bad',
  stalled: 'bad',
  paused: 'busy',
  stopping: 'busy',
  dead: 'bad',
  orphaned: 'bad',
  silent: 'bad',
  forbidden: 'bad',
  foreign: 'bad',
  unknown: 'bad',
};
