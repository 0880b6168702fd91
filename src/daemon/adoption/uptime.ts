/** How long the machine runs, in the units in which the kernel tells when a process has started (proc(5)). */
import {readIfPossible} from '../../shared/read-whole.js';

/** USER_HZ, which Linux has on x86-64 and arm64 (sysconf(3)). */
export const MS_PER_TICK = 10;

/** 0 without /proc. */
export function uptimeMs(): number {
  return Number(readIfPossible('/proc/uptime')?.split(' ')[0] ?? 0) * 1000;
}

export function uptimeTicks(): string {
  return String(Math.floor(uptimeMs() / MS_PER_TICK));
}
