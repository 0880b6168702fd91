/** Reads processes from the kernel (proc(5)). */
import {readFileSync, readlinkSync} from 'node:fs';
import {hasEnded} from '../../src/shared/process-stat.js';
import type {Running} from './rig.js';

/** The pid of the worker of a generation, from the next line of ssd's log that tells it. */
export async function spawnedPid(ssd: Running, generation: number): Promise<number> {
  const line = await ssd.line(new RegExp(`generation ${generation} spawned, pid`));
  return Number(/pid (\d+)$/.exec(line)?.[1]);
}

/** What a descriptor of a process stands for: a path, or `socket:[inode]`. */
export function descriptorOf(pid: number, fd: number): string {
  return readlinkSync(`/proc/${pid}/fd/${fd}`);
}

const O_NONBLOCK = 0o4000;

/** Whether O_NONBLOCK is set on the open file description behind a descriptor of a process. */
export function isNonBlocking(pid: number, fd: number): boolean {
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  return (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
}

/** Whether a process runs; a zombie does not. */
export function alive(pid: number): boolean {
  return !hasEnded(pid);
}
