/** How much memory processes take with their descendants. */
import {createDescent} from '../../system/processes/descendants.js';
import {createTurns} from '../../system/processes/turns.js';
import {readMemory} from './read.js';

/** For the search only: the kernel takes long for the memory of large processes. */
const LONGEST_MS = 3000;

/**
 * Looks for the descendants in slices, and then reads the memory of one process at a time. So neither the event loop nor
 * the threads that read files are kept from other work for long.
 *
 * @param pids processes that are no descendants of each other
 * @returns the bytes of each of them that lives
 */
export async function measure(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const descend = await createDescent(createTurns(LONGEST_MS));
  const families = new Map<number, readonly number[]>();
  for (const pid of pids) families.set(pid, await descend(pid));
  const measured = new Map<number, number>();
  for (const [pid, [, ...descendants]] of families) {
    const own = await readMemory(pid);
    if (own === null) continue;
    let bytes = own;
    for (const descendant of descendants) bytes += (await readMemory(descendant)) ?? 0;
    measured.set(pid, bytes);
  }
  return measured;
}
