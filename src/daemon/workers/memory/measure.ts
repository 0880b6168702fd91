/** How much memory processes take with their descendants. */
import {allProcesses, readStat} from '../../../shared/process-stat.js';
import {searchProcesses} from '../../system/processes/search.js';
import {readMemory} from './read.js';

/**
 * Looks at all processes in slices, and reads the memory of one process at a time. So neither the event loop nor the
 * threads that read files are kept from other work for long.
 *
 * @param pids processes that are no descendants of each other
 * @returns the bytes of each of them that lives
 */
export async function measure(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const children = await readChildren();
  const measured = new Map<number, number>();
  for (const pid of pids) {
    const own = await readMemory(pid);
    if (own === null) continue;
    let bytes = own;
    for (const descendant of descendantsOf(pid, children)) bytes += (await readMemory(descendant)) ?? 0;
    measured.set(pid, bytes);
  }
  return measured;
}

type Children = ReadonlyMap<number, readonly number[]>;

async function readChildren(): Promise<Children> {
  const look = (pid: number) => {
    const stat = readStat(pid);
    return stat && {pid, parent: stat.parent};
  };
  const {found} = await searchProcesses(allProcesses(), look, {most: Number.POSITIVE_INFINITY});
  const children = new Map<number, number[]>();
  for (const {pid, parent} of found) {
    const known = children.get(parent);
    if (known) known.push(pid);
    else children.set(parent, [pid]);
  }
  return children;
}

/** A pid can be given anew while the processes are looked at, so that the way leads in a circle. */
function descendantsOf(pid: number, children: Children): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [pid];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const child of children.get(parent) ?? []) {
      if (child === pid || found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
  return found;
}
