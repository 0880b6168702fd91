/**
 * How long the machine runs, in the units in which the kernel tells when a process has started (proc(5)). Not by /proc/uptime:
 * containers show their own there, while start times count from the start of the machine, and systemd can hide it.
 */
import {check, libc} from '../system/posix.js';

/** USER_HZ, which Linux has on x86-64 and arm64 (sysconf(3)). */
export const MS_PER_TICK = 10;

const CLOCK_BOOTTIME = 7;
/** struct timespec: seconds and nanoseconds, 8 bytes each. */
const TIMESPEC_BYTES = 16;

const getTime = libc.func('int clock_gettime(int, void *)');

export function uptimeMs(): number {
  const time = Buffer.alloc(TIMESPEC_BYTES);
  check('clock_gettime', getTime(CLOCK_BOOTTIME, time));
  return Number(time.readBigInt64LE(0)) * 1000 + Number(time.readBigInt64LE(8)) / 1_000_000;
}

export function uptimeTicks(): string {
  return String(Math.floor(uptimeMs() / MS_PER_TICK));
}
