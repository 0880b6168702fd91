/** Reads processes from the kernel (proc(5)). */
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {hasEnded} from '../../src/shared/process-stat.js';
import {watched} from './mailbox.js';
import type {Running} from './rig.js';

/** The pid of the worker of a generation, from the next line of ssd's log that names it. */
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

/**
 * Kills what ssd has left behind in a test, for workers lead groups of their own. They are known by the directory in which
 * they run, or by a variable that they inherited: a number may belong to somebody else by now. Until none is found, for
 * one that is killed may just have started another.
 */
export function killLeftOver(directory: string, variable: string): void {
  const isOurs = (pid: string) => isIn(pid, directory) || hasVariable(pid, variable);
  while (
    readdirSync('/proc').filter(entry => /^\d+$/.test(entry) && isOurs(entry) && kill(entry)).length > 0
  );
}

function isIn(pid: string, directory: string): boolean {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${directory}/`);
  } catch {
    // It has ended, or belongs to somebody else.
    return false;
  }
}

function hasVariable(pid: string, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
  } catch {
    // It has ended, or belongs to somebody else.
    return false;
  }
}

function kill(pid: string): boolean {
  try {
    process.kill(Number(pid), 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

export function openIn(pid: number | 'self'): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/**
 * Waits until a process has no more descriptors open than so many: it sees the end of a client, a thread or a child only some
 * turns of its loop later.
 */
export async function closedTo(pid: number | 'self', most: number): Promise<void> {
  const closed = async () => {
    while (openIn(pid) > most) await new Promise(resolve => setImmediate(resolve));
  };
  await watched(closed(), () => `${openIn(pid)} descriptors are open in ${pid}, and not ${most}`);
}
