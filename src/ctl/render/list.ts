/** The output of `ssctl list`. */
import {formatDuration} from '../../shared/words/duration.js';
import {table} from './table.js';

/** `dead` has left its socket behind, `silent` does not answer, `forbidden` belongs to somebody else,
 * `foreign` was made by somebody else in our name, or can have been. */
export type InstanceState =
  | 'running'
  | 'starting'
  | 'restarting'
  | 'stopping'
  | 'dead'
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
};

export function renderList(instances: readonly Instance[]): string {
  const rows = instances.map(({name, pid, uptimeMs, current, workers, state}) => [
    name,
    pid === null ? '-' : `${pid}`,
    uptimeMs === null ? '-' : formatDuration(uptimeMs),
    current === null ? '-' : `${current}`,
    workers === null ? '-' : `${workers.ready}/${workers.wanted}`,
    state,
  ]);
  const head = ['NAME', 'PID', 'UPTIME', 'GENERATION', 'WORKERS', 'STATE'];
  if (!instances.some(({problems}) => problems)) return table([head, ...rows]);
  const marked = rows.map((row, nth) => [...row, `${instances[nth]?.problems || '-'}`]);
  return table([[...head, 'PROBLEMS'], ...marked]);
}
