/** Fills in the connections of workers, which the core does not know: their numbers in the status, and the list. */
import type {Connections} from '../../shared/protocol/connection.js';
import type {GenerationStatus} from '../../shared/protocol/status.js';
import type {CompleteParamsOf} from '../../shared/protocol/verbs.js';
import type {ConnectionReader, Look} from './connections.js';

type Generations = readonly GenerationStatus[];

export function pidsIn(generations: Generations): readonly number[] {
  return generations.flatMap(({workers}) => workers.flatMap(({pid}) => (pid === null ? [] : [pid])));
}

export function withConnections(generations: Generations, look: Look): Generations {
  return generations.map(generation => ({
    ...generation,
    workers: generation.workers.map(worker => {
      const held = worker.pid === null ? undefined : look.get(worker.pid);
      if (!held) return worker;
      return {...worker, connections: held.count, oldestConnectionMs: held.oldestMs};
    }),
  }));
}

/** An answer with more would take long to make and to read. */
const MOST_LISTED = 10_000;

export async function listConnections(
  reader: ConnectionReader,
  generations: Generations,
  whose: CompleteParamsOf<'connections'>,
): Promise<Connections> {
  const asked = generations.flatMap(({generation, workers}) =>
    workers.flatMap(({pid}) =>
      pid !== null && isMeant({generation, pid}, whose) ? [{generation, pid}] : [],
    ),
  );
  const workers = asked.map(({pid}) => pid);
  const look = await reader.look(pidsIn(generations), true);
  const connections = asked.flatMap(({generation, pid}) =>
    (look.get(pid)?.rows ?? []).map(row => ({generation, worker: pid, ...row})),
  );
  return {
    total: connections.length,
    connections: connections.slice(0, MOST_LISTED),
    workers,
    unknown: workers.filter(pid => !look.has(pid)),
  };
}

function isMeant(
  {generation, pid}: {readonly generation: number; readonly pid: number},
  whose: CompleteParamsOf<'connections'>,
): boolean {
  return (whose.generation ?? generation) === generation && (whose.worker ?? pid) === pid;
}
