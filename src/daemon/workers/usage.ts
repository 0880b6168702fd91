/** What the workers take from the machine (proc(5)). */
import {readStat, stateOf} from '../../shared/process-stat.js';
import type {GenerationStatus, WorkerStatus} from '../../shared/protocol/status.js';
import {readShare} from './memory/read.js';

/** The unit of the times in /proc/PID/stat; 100 a second on every Linux that Node runs on (sysconf(3), _SC_CLK_TCK). */
const MS_PER_TICK = 10;

/** The state of a process that job control has stopped. A debugger's is `t`. */
const STOPPED = 'T';

/** Whether job control has stopped this process, now. */
export function isStopped(pid: number | null): boolean {
  return pid !== null && stateOf(pid) === STOPPED;
}

export type UsageReader = (generations: readonly GenerationStatus[]) => Promise<readonly GenerationStatus[]>;

/**
 * Creates a function that fills in the memory and the processor time of every worker, and whether it is stopped. Memory is
 * read on other threads.
 */
export function createUsageReader(): UsageReader {
  const memoryOf = createMemoryReader();
  const usageOf = async (worker: WorkerStatus): Promise<WorkerStatus> => {
    if (worker.pid === null) return worker;
    const stat = readStat(worker.pid);
    const cpuMs = stat && stat.ticks * MS_PER_TICK;
    const stopped = stat?.state === STOPPED;
    return {...worker, memoryBytes: await memoryOf(worker.pid), cpuMs, stopped};
  };
  return generations =>
    Promise.all(
      generations.map(async generation => ({
        ...generation,
        workers: await Promise.all(generation.workers.map(usageOf)),
      })),
    );
}

/** Requests that come while a worker's memory is being read share one answer. So a flood of requests costs no more than one. */
function createMemoryReader(): (pid: number) => Promise<number | null> {
  const underWay = new Map<number, Promise<number | null>>();
  return pid => {
    const known = underWay.get(pid);
    if (known) return known;
    const reading = readShare(pid).finally(() => underWay.delete(pid));
    underWay.set(pid, reading);
    return reading;
  };
}
