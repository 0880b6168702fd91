/** Too many for one line are only counted. @example pidsOf([7, 8]) === 'pid 7, 8' */
export function pidsOf(pids: readonly number[]): string {
  return pids.length > MANY ? `${pids.length} workers` : `pid ${pids.join(', ')}`;
}

const MANY = 8;
