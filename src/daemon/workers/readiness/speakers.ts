/**
 * Who speaks for a worker: itself, its descendants, and one process that any of these names with `MAINPID=` (sd_notify(3)).
 * `podman run` needs the last: the monitor of a container, which passes on what the container says, descends from init.
 */
import {ancestry, readStat} from '../../../shared/process-stat.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';

export type Speakers = {
  readonly add: (worker: WorkerAddress, pid: number) => void;
  /** The worker has ended. Nobody speaks for it any more. */
  readonly remove: (worker: WorkerAddress) => void;
  /** Lets one more process speak for a worker. The next one that is named takes its place. */
  readonly name: (worker: WorkerAddress, pid: number) => void;
  /** The worker for which a process speaks, or null. */
  readonly workerOf: (pid: number) => WorkerAddress | null;
};

/** The deepest descent from a worker to the process that speaks for it. */
const MAX_DEPTH = 32;

/** A pid with the moment of the start, because a pid may be given to another process. */
type Named = {readonly worker: WorkerAddress; readonly pid: number; readonly startedAt: string};

export function createSpeakers(): Speakers {
  const workers = new Map<number, WorkerAddress>();
  const pids = new Map<string, number>();
  const named = new Map<string, Named>();
  return {
    add: (worker, pid) => {
      workers.set(pid, worker);
      pids.set(keyOf(worker), pid);
    },
    remove: worker => {
      const pid = pids.get(keyOf(worker));
      if (pid !== undefined) workers.delete(pid);
      pids.delete(keyOf(worker));
      named.delete(keyOf(worker));
    },
    name: (worker, pid) => {
      const startedAt = readStat(pid)?.startedAt;
      if (startedAt !== undefined) named.set(keyOf(worker), {worker, pid, startedAt});
    },
    workerOf: pid => ancestorOf(pid, workers) ?? namedAs(pid, named),
  };
}

/** The worker that a process is or descends from. */
function ancestorOf(pid: number, workers: ReadonlyMap<number, WorkerAddress>): WorkerAddress | null {
  for (const ancestor of ancestry(pid, MAX_DEPTH)) {
    const worker = workers.get(ancestor);
    if (worker) return worker;
  }
  return null;
}

function namedAs(pid: number, named: ReadonlyMap<string, Named>): WorkerAddress | null {
  const found = [...named.values()].find(one => one.pid === pid);
  return found && readStat(pid)?.startedAt === found.startedAt ? found.worker : null;
}
