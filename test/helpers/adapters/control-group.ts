/** Control groups with a limit, made for a test. */
import {mkdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

/** Where a hierarchy with the controller usually is, the file of a group there, and what is written to it. */
type Place = readonly [top: string, file: string, text: string];

/**
 * @param quota in microseconds of every 100 ms
 * @returns as {@link makeGroup}
 */
export function cpuGroup(t: ExecutionContext, quota: number): readonly string[] | null {
  return makeGroup(t, [
    ['/sys/fs/cgroup', 'cpu.max', `${quota} 100000`],
    ['/sys/fs/cgroup/cpu', 'cpu.cfs_quota_us', `${quota}`],
  ]);
}

/** @param bytes of memory @returns as {@link makeGroup} */
export function memoryGroup(t: ExecutionContext, bytes: number): readonly string[] | null {
  return makeGroup(t, [
    ['/sys/fs/cgroup', 'memory.max', `${bytes}`],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', `${bytes}`],
  ]);
}

/** @returns what to put before a command, so that it runs in the group; null where no group can be made */
function makeGroup(t: ExecutionContext, places: readonly Place[]): readonly string[] | null {
  for (const [top, file, text] of places) {
    const group = join(top, `ssd-test-${process.pid}-${file}`);
    try {
      mkdirSync(group);
      t.teardown(() => removeGroup(group));
      writeFileSync(join(group, file), text, {flag: 'r+'});
      return ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', group];
    } catch {
      // Not mounted, not root, or the controller is not to be had here.
    }
  }
  return null;
}

/** Without the processes that the test has ended. */
function removeGroup(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // Its processes are being ended: an empty group costs nothing.
  }
}
