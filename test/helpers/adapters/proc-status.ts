/** What the kernel shows of a process: its users, groups, capabilities and limits. */
import {readFileSync} from 'node:fs';

/** The fields of /proc/PID/status (proc(5)). @example statusOf(1).Uid // '0 0 0 0' */
export function statusOf(pid: number): Readonly<Record<string, string>> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(
    lines.map(line => {
      const [name = '', value = ''] = line.split(':');
      return [name, value.trim().replace(/\s+/g, ' ')];
    }),
  );
}

/** A limit of /proc/PID/limits. @example limitOf(1, 'Max open files') // '1024 4096' */
export function limitOf(pid: number, name: string): string {
  const line = readFileSync(`/proc/${pid}/limits`, 'utf8')
    .split('\n')
    .find(one => one.startsWith(name));
  return line?.slice(name.length).trim().split(/\s+/).slice(0, 2).join(' ') ?? '';
}

export function niceOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]);
}

export function oomScoreAdjOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
}
