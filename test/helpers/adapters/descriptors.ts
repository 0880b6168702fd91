/** The descriptors of a process as the kernel has them (proc(5), fdinfo). */

import {spawnSync} from 'node:child_process';
import {closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {temporaryDirectory} from './temporary.js';

export type Flags = {readonly closeOnExec: boolean; readonly nonBlocking: boolean};

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

export function flagsOf(fd: number, pid: number | 'self' = 'self'): Flags {
  const text = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  const flags = Number.parseInt(text, 8);
  return {closeOnExec: (flags & O_CLOEXEC) !== 0, nonBlocking: (flags & O_NONBLOCK) !== 0};
}

/** What the open descriptors of this process stand for. A pattern selects some of them. */
export function openDescriptors(pattern = /./): string[] {
  const found = readdirSync('/proc/self/fd').map(fd => {
    try {
      return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`;
    } catch {
      // The descriptor that read the directory.
      return '';
    }
  });
  return found.filter(text => pattern.test(text));
}

/** Closes a descriptor when the test has ended. */
export function closing(t: Pick<ExecutionContext, 'teardown'>, fd: number): number {
  t.teardown(() => closeSync(fd));
  return fd;
}

export type Fifo = {readonly path: string; readonly readEnd: number; readonly writeEnd: number};

/** A pipe with a path, its ends non-blocking, closed when the test has ended. */
export function makeFifo(t: Pick<ExecutionContext, 'teardown'>): Fifo {
  const path = join(temporaryDirectory(t), 'fifo');
  spawnSync('mkfifo', [path]);
  const readEnd = closing(t, openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  return {path, readEnd, writeEnd: closing(t, openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))};
}
