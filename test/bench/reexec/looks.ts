/** What must be the same before and after ssd is replaced, as the kernel and ssd tell it. */
import {readdirSync, readFileSync} from 'node:fs';
import type {Status} from '../../../src/shared/protocol/status.js';
import {status} from '../../helpers/clients/control.js';
import type {Rig, Running} from '../../helpers/rig.js';

export type Look = {
  readonly pid: number;
  readonly current: number | null;
  /** Each as `generation phase pid`. */
  readonly workers: readonly string[];
  readonly listeners: readonly string[];
  readonly inode: string;
  readonly problems: number;
};

export async function lookAt(rig: Rig, port: number): Promise<Look> {
  const {pid, current, generations, listeners, problems = []} = await statusOf(rig);
  return {
    pid,
    current,
    workers: generations.flatMap(({generation, workers}) =>
      workers.map(one => `${generation} ${one.phase} ${one.pid}`),
    ),
    listeners: listeners.map(({name, fd, address}) => `${name} ${fd} ${address}`),
    inode: inodeOf(port),
    problems: problems.length,
  };
}

/** The members in which two looks differ. */
export function differences(before: Look, after: Look, except: readonly (keyof Look)[] = []): string[] {
  const members = (Object.keys(before) as (keyof Look)[]).filter(member => !except.includes(member));
  return members.filter(member => JSON.stringify(before[member]) !== JSON.stringify(after[member]));
}

/** How many descriptors ssd has, and which numbers its workers have. The answer to `status` shows that clients who left are gone. */
export async function descriptorsOf(rig: Rig, ssd: Running): Promise<{ssd: number; workers: string}> {
  const {generations} = await statusOf(rig);
  const pids = generations.flatMap(({workers}) => workers.flatMap(({pid}) => (pid === null ? [] : [pid])));
  const sets = pids.map(pid => readdirSync(`/proc/${pid}/fd`).join(' '));
  return {ssd: readdirSync(`/proc/${ssd.pid}/fd`).length, workers: [...new Set(sets)].join('; ')};
}

export async function statusOf(rig: Rig): Promise<Status> {
  return (await status(rig)) as unknown as Status;
}

/** Of the socket that listens on this port of 127.0.0.1 (proc(5), net/tcp). */
function inodeOf(port: number): string {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const fields = lines.map(line => line.trim().split(/\s+/));
  const isListening = ([, address, , state]: readonly string[]) => address === local && state === '0A';
  return fields
    .filter(isListening)
    .map(line => line[9])
    .join(' ');
}
