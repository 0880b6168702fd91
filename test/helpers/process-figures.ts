/** The resource use of a process, as the kernel counts it (proc(5)). */
import {readdirSync, readFileSync} from 'node:fs';
import {readStat} from '../../src/shared/process-stat.js';

/** Resident memory in MiB, now and at its highest. */
export const residentMib = (pid: number): number => field(`/proc/${pid}/status`, 'VmRSS') / 1024;
export const peakMib = (pid: number): number => field(`/proc/${pid}/status`, 'VmHWM') / 1024;

/** Memory in MiB (PSS): what several processes share, above all Node's binary, is divided among them. */
export const proportionalMib = (pid: number): number => field(`/proc/${pid}/smaps_rollup`, 'Pss') / 1024;

/** Linux counts 100 ticks a second. */
export const TICK_MS = 10;

/** Processor time that was used, in ticks. */
export function ticksOf(pid: number): number {
  const stat = readStat(pid);
  if (!stat) throw new Error(`process ${pid} is gone`);
  return stat.ticks;
}

/** How often threads gave up the processor voluntarily, and so were woken up again. */
export function switchesOf(pid: number): {readonly main: number; readonly others: number} {
  const of = (thread: string) => field(`/proc/${pid}/task/${thread}/status`, 'voluntary_ctxt_switches');
  const others = readdirSync(`/proc/${pid}/task`).filter(thread => thread !== String(pid));
  return {main: of(String(pid)), others: others.map(of).reduce((sum, count) => sum + count, 0)};
}

function field(path: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1]);
}
