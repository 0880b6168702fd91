/** A worker and all processes that descend from it. */
import {readdirSync} from 'node:fs';
import {allProcesses, readStat} from '../../shared/process-stat.js';
import {readWhole} from '../../shared/read-whole.js';

/** @param pause see `createTurns` */
export async function descendantsOf(pid: number, pause: () => Promise<boolean>): Promise<readonly number[]> {
  const childrenOf = canTell() ? children : await childrenByParent(pause);
  const found = [pid];
  // The list grows while it is walked.
  for (let nth = 0; nth < found.length && (await pause()); nth += 1) {
    const parent = found[nth] ?? 0;
    found.push(...childrenOf(parent).filter(child => !found.includes(child)));
  }
  return found;
}

/** Each thread has children of its own (proc(5)). */
function children(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap(thread => wordsIn(`/proc/${pid}/task/${thread}/children`));
  } catch {
    // The process has ended.
    return [];
  }
}

function wordsIn(path: string): readonly number[] {
  try {
    return readWhole(path).split(' ').filter(Boolean).map(Number);
  } catch {
    // The thread has ended.
    return [];
  }
}

/** A kernel may be built without these files (CONFIG_PROC_CHILDREN). */
function canTell(): boolean {
  try {
    readWhole(`/proc/self/task/${process.pid}/children`);
    return true;
  } catch {
    return false;
  }
}

async function childrenByParent(pause: () => Promise<boolean>): Promise<(pid: number) => readonly number[]> {
  const byParent = new Map<number, number[]>();
  for (const pid of allProcesses()) {
    if (!(await pause())) break;
    const parent = readStat(pid)?.parent;
    if (parent !== undefined) byParent.set(parent, [...(byParent.get(parent) ?? []), pid]);
  }
  return pid => byParent.get(pid) ?? [];
}
