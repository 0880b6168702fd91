/**
 * Who speaks for a worker: itself, its descendants, and one process that any of these names with `MAINPID=` (sd_notify(3)).
 * `podman run` needs the last: the monitor of a container, which passes on what the container says, descends from init.
 */
import {ancestry, readStat} from '../../../shared/process-stat.js';
import type {HandedOver} from '../../handover/handed-over.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';

export type Speakers = {
  readonly add: (worker: WorkerAddress, pid: number) => void;
  /** The worker has ended. Nobody speaks for it any more. */
  readonly remove: (worker: WorkerAddress) => void;
  /** Lets one more process speak for a worker. The next one that is named takes its place. */
  readonly name: (worker: WorkerAddress, pid: number) => void;
  /** The worker for which a process speaks, or null. */
  readonly workerOf: (pid: number) => WorkerAddress | null;
  readonly handOver: () => HandedOver<SpeakersState>;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type SpeakersState = {
  readonly workers: readonly (WorkerAddress & {readonly pid: number})[];
  readonly named: readonly (WorkerAddress & {readonly pid: number; readonly startedAt: string})[];
};

/** The deepest descent from a worker to the process that speaks for it. */
const MAX_DEPTH = 32;

/** A pid with the moment of the start, because a pid may be given to another process. */
type Named = {readonly worker: WorkerAddress; readonly pid: number; readonly startedAt: string};

/** @param revived what a former image of ssd has handed over */
export function createSpeakers(revived: SpeakersState | null = null): Speakers {
  const workers = new Map<number, WorkerAddress>();
  const pids = new Map<string, number>();
  const named = new Map<string, Named>();
  const add = ({generation, worker}: WorkerAddress, pid: number) => {
    workers.set(pid, {generation, worker});
    pids.set(keyOf({generation, worker}), pid);
  };
  for (const worker of revived?.workers ?? []) add(worker, worker.pid);
  for (const {generation, worker, pid, startedAt} of revived?.named ?? [])
    named.set(keyOf({generation, worker}), {worker: {generation, worker}, pid, startedAt});
  return {
    add,
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
    handOver: () => {
      const own = [...workers].map(([pid, worker]) => ({pid, ...worker}));
      const others = [...named.values()].map(({worker, pid, startedAt}) => ({pid, startedAt, ...worker}));
      return {state: {workers: own, named: others}, fds: []};
    },
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
