/**
 * Tells which standard descriptors were non-blocking when ssd started. It loads only node:fs, so that it can run
 * before another module changes the flags.
 */
import {readFileSync} from 'node:fs';

const O_NONBLOCK = 0o4000;

/** @returns the descriptors among 0, 1 and 2 that have O_NONBLOCK set (proc(5), fdinfo) */
export function nonBlockingOutputs(): number[] {
  return [0, 1, 2].filter(fd => {
    try {
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
      return (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
    } catch {
      // No /proc. Assume that it is blocking, as it nearly always is.
      return false;
    }
  });
}
