/**
 * Whether what ssctl says on standard error comes to the journal beside the log of ssd, as lines of the same service:
 * `ExecReload=ssctl restart`. Each line would be there twice.
 */
import {fstatSync, readlinkSync} from 'node:fs';
import type {Env} from '../../shared/instance-paths.js';
import {environmentOf} from '../../shared/process-stat.js';

const STDERR = 2;

/**
 * systemd gives all processes of one run of a service the same INVOCATION_ID, and names the socket of the journal in
 * JOURNAL_STREAM (systemd.exec(5)).
 *
 * @param pid that of ssd
 */
export function sharesJournal(pid: number, {JOURNAL_STREAM: stream, INVOCATION_ID: run}: Env): boolean {
  if (!stream || !run) return false;
  try {
    const {dev, ino} = fstatSync(STDERR);
    if (stream !== `${dev}:${ino}`) return false;
    const variables = environmentOf(pid).split('\0');
    if (!variables.includes(`INVOCATION_ID=${run}`)) return false;
    // With --log-file the log is elsewhere.
    return readlinkSync(`/proc/${pid}/fd/${STDERR}`).startsWith('socket:');
  } catch {
    // No /proc, or that ssd runs as another user. A line that is there twice is better than none.
    return false;
  }
}
