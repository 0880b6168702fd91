import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';

/** Returns when a process has ended, a child or not (pidfd_open(2)). Needs python3. */
const WAITER = `
import os, select, sys
try:
  select.select([os.pidfd_open(int(sys.argv[1]))], [], [])
except ProcessLookupError:
  pass`;

export async function endOf(pid: number): Promise<void> {
  await once(spawn('python3', ['-c', WAITER, String(pid)]), 'exit');
}

/** The same with no turn of the event loop in between. */
export function endOfNow(pid: number): void {
  spawnSync('python3', ['-c', WAITER, String(pid)]);
}
