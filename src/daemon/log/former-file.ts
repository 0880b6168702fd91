/**
 * Finds the processes that still write to a former log file: workers that had it as standard output or standard error
 * before ssd opened it again. Neither way to tell a file asks a file system, which may not answer: the kernel has a name
 * and an inode for what is behind a descriptor.
 *
 * The name tells a file that was renamed beside the new one, for any process. A file that went to another directory is
 * known by its mount and inode. These are given to another file when it is gone, so they count only for a descendant.
 */

import {ancestry, targetOf} from '../../shared/process-stat.js';
import {readIfPossible} from '../../shared/read-whole.js';
import {searchProcesses} from '../system/processes/search.js';

const STDOUT = 1;
const STDERR = 2;
/** At most this many are returned. Nobody reads a longer list. */
const MOST = 256;
/** How many former files are remembered. A worker that has outlived more rotations was told of often enough. */
const REMEMBERED = 64;
/** The deepest descent from ssd to a process that writes. */
const MAX_DEPTH = 32;
/** What logrotate and others add to the name of a file: `.1`, `-20261126`. The kernel adds ` (deleted)` for a removed file. */
const ROTATED = /^(?:[.-]\d| \(deleted\)$|\.(?:old|bak)$)/;

export type FormerFiles = {
  /** Remembers the file that ssd logs to now. Call it before the file is opened again. */
  readonly note: () => void;
  /** @returns those of the processes that write to a file that was noted, or to one of an earlier rotation */
  readonly findWriters: (pids: readonly number[]) => Promise<readonly number[]>;
};

export function createFormerFiles(): FormerFiles {
  const inodes = new Set<string>();
  let was = '';
  return {
    note: () => {
      was = targetOf('self', STDERR);
      const inode = inodeOf('self', STDERR);
      if (inode === '') return;
      inodes.delete(inode);
      inodes.add(inode);
      const [oldest] = inodes;
      if (inodes.size > REMEMBERED && oldest !== undefined) inodes.delete(oldest);
    },
    findWriters: async pids => {
      const is = targetOf('self', STDERR);
      if (is === '') return [];
      const former = new Set(inodes);
      // It was moved back, or never moved.
      former.delete(inodeOf('self', STDERR));
      const isRotated = (name: string) => name.startsWith(is) && ROTATED.test(name.slice(is.length));
      const isFormer = (pid: number, fd: number) => {
        const name = targetOf(pid, fd);
        if (!name.startsWith('/') || name === is) return false;
        return name === was || isRotated(name) || (former.has(inodeOf(pid, fd)) && isDescendant(pid));
      };
      const look = (pid: number) => (isFormer(pid, STDOUT) || isFormer(pid, STDERR) ? pid : null);
      return (await searchProcesses(pids, look, {most: MOST})).found;
    },
  };
}

/** The mount and the inode behind a descriptor (proc(5), /proc/PID/fdinfo); '' before Linux 5.14, or if it cannot be read. */
function inodeOf(pid: number | 'self', fd: number): string {
  const text = readIfPossible(`/proc/${pid}/fdinfo/${fd}`) ?? '';
  const [mount, inode] = [/^mnt_id:\s*(\d+)$/m, /^ino:\s*(\d+)$/m].map(field => field.exec(text)?.[1]);
  return inode === undefined ? '' : `${mount}:${inode}`;
}

function isDescendant(pid: number): boolean {
  for (const ancestor of ancestry(pid, MAX_DEPTH)) if (ancestor === process.pid) return true;
  return false;
}
