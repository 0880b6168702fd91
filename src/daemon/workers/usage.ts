/** The memory and processor time that workers use (proc(5)). */
import {readFileSync} from 'node:fs';
import {readStat} from '../../shared/process-stat.js';
import type {GenerationStatus, WorkerStatus} from '../../shared/protocol/status.js';

/** The unit of times in /proc/PID/stat: 100 a second on every Linux that Node runs on (sysconf(3), _SC_CLK_TCK). */
const MS_PER_TICK = 10;

/** Fills in `memoryBytes` and `cpuMs` of every worker; null if they cannot be read. */
export function withUsage(generations: readonly GenerationStatus[]): readonly GenerationStatus[] {
  return generations.map(generation => ({...generation, workers: generation.workers.map(usageOf)}));
}

function usageOf(worker: WorkerStatus): WorkerStatus {
  if (worker.pid === null) return worker;
  return {...worker, memoryBytes: memoryOf(worker.pid), cpuMs: cpuOf(worker.pid)};
}

/** The proportional set size: each process counts its share of shared pages, so the sum over workers is right. */
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
    // The worker has ended, or has another user, so that ssd may not read it.
    return '';
  }
}
