/** What a process takes, as the kernel counts it (proc(5)). */
import {readFileSync} from 'node:fs';

const field = (pid: number, name: string) =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) /
  1024;

/** Resident memory in MiB, now and at its highest. */
export const residentMib = (pid: number): number => field(pid, 'VmRSS');
export const peakMib = (pid: number): number => field(pid, 'VmHWM');
