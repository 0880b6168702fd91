/** What the workers take from the machine (proc(5)). */
import {readFileSync} from 'node:fs';
import {readStat} from '../../shared/process-stat.js';
import type {GenerationStatus, WorkerStatus} from '../../shared/protocol/status.js';

/** The unit of the times in /proc/PID/stat; 100 a second on every Linux that Node runs on (sysconf(3), _SC_CLK_TCK). */
const MS_PER_TICK = 10;

/** Fills in the memory and the processor time of every worker. */
export function withUsage(generations: readonly GenerationStatus[]): readonly GenerationStatus[] {
  return generations.map(generation => ({...generation, workers: generation.workers.map(usageOf)}));
}

function usageOf(worker: WorkerStatus): WorkerStatus {
  if (worker.pid === null) return worker;
  return {...worker, memoryBytes: memoryOf(worker.pid), cpuMs: cpuOf(worker.pid)};
}

/** The proportional set size: pages that several processes share count in parts, so that the sum is right. */
function memoryOf(pid: number): number | null {
  const kibibytes = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

function cpuOf(pid: number): number | null {
  const stat = readStat(pid);
  return stat && stat.ticks * MS_PER_TICK;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended, or changed its user and is not ours to look at.
    return '';
  }
}
