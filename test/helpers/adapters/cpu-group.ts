/** A control group with a quota of processor time, made for a test. */
import {existsSync, mkdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

/**
 * @param quota in microseconds of every 100 ms
 * @returns what to put before a command, so that it runs in the group; null where no group can be made
 */
export function cpuGroup(t: ExecutionContext, quota: number): readonly string[] | null {
  for (const [top, file, text] of PLACES) {
    const group = join(top, `ssd-test-${process.pid}-${quota}`);
    try {
      mkdirSync(group);
      t.teardown(() => removeGroup(group));
      writeFileSync(join(group, file), text(quota), {flag: 'r+'});
      return ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', group];
    } catch {
      // Not mounted, not root, or the controller is not to be had here.
    }
  }
  return null;
}

/** Where a hierarchy with the controller usually is, the file of a group there, and what is written to it. */
const PLACES = [
  ['/sys/fs/cgroup', 'cpu.max', (quota: number) => `${quota} 100000`],
  ['/sys/fs/cgroup/cpu', 'cpu.cfs_quota_us', String],
] as const;

/** A group goes once its processes have, which the rig sees to after the test. */
function removeGroup(group: string): void {
  try {
    if (existsSync(group)) rmdirSync(group);
  } catch {
    // Its processes are being ended: an empty group costs nothing.
  }
}
