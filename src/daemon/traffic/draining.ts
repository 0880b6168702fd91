/**
 * How the workers that are told to finish part with their connections. Nobody says when a connection ends. So the number at
 * the last look before the order counts as open, and the number at the last look before a worker died of a signal as cut
 * off. A worker that exits by itself has decided that its connections are over.
 */
import type {Event} from '../../shared/protocol/event.js';
import type {Traffic} from '../../shared/protocol/traffic.js';

/** The number of open connections by pid. A worker that is missing is unknown. */
export type Counts = ReadonlyMap<number, number>;

export type Draining = {
  readonly note: (counts: Counts) => void;
  readonly hear: (event: Event) => void;
  /** The sum over these generations. */
  readonly of: (generations: readonly number[]) => Traffic['drained'];
  readonly forget: () => void;
  readonly state: () => DrainingState;
};

type Told = {open: number | null; left: number | null; cut: number; isGone: boolean};

/** A contract: later versions of ssd read it. Numbers of connections by pid, and what the workers of each generation have. */
export type DrainingState = {
  readonly latest: readonly (readonly [pid: number, count: number])[];
  readonly told: readonly {
    readonly generation: number;
    readonly workers: readonly (Told & {readonly pid: number})[];
  }[];
};

/** @param revived what a former image of ssd has handed over */
export function createDraining(revived: DrainingState | null = null): Draining {
  let latest: Counts = new Map(revived?.latest);
  const told = new Map(
    revived?.told.map(({generation, workers}) => [
      generation,
      new Map(workers.map(({pid, ...one}): [number, Told] => [pid, one])),
    ]),
  );
  const tell = (generation: number, pids: readonly number[]) => {
    const workers = told.get(generation) ?? new Map<number, Told>();
    told.set(generation, workers);
    for (const pid of pids) {
      const open = latest.get(pid) ?? null;
      if (!workers.has(pid)) workers.set(pid, {open, left: open, cut: 0, isGone: false});
    }
  };
  return {
    note: counts => {
      latest = counts;
      for (const workers of told.values()) {
        for (const [pid, worker] of workers) {
          const count = worker.isGone ? undefined : counts.get(pid);
          if (count === undefined) continue;
          worker.open ??= count;
          worker.left = count;
        }
      }
    },
    hear: event => {
      if (event.type === 'telling' || event.type === 'killing') tell(event.generation, event.pids);
      if (event.type !== 'finished') return;
      const worker = told.get(event.generation)?.get(event.pid);
      if (!worker) return;
      worker.isGone = true;
      if (event.ending.type !== 'exited') worker.cut = Math.min(worker.left ?? 0, worker.open ?? 0);
    },
    of: generations => {
      const workers = generations.flatMap(generation => [...(told.get(generation)?.values() ?? [])]);
      if (workers.length === 0 || workers.some(({open, isGone}) => open === null || !isGone)) return null;
      const open = workers.reduce((sum, worker) => sum + (worker.open ?? 0), 0);
      return {open, ended: open - workers.reduce((sum, {cut}) => sum + cut, 0)};
    },
    forget: () => {
      latest = new Map();
      told.clear();
    },
    state: () => ({
      latest: [...latest],
      told: [...told].map(([generation, workers]) => ({
        generation,
        workers: [...workers].map(([pid, one]) => ({pid, ...one})),
      })),
    }),
  };
}
