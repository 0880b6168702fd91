/** A process and all that descend from it. */
import {readdirSync} from 'node:fs';
import {allProcesses, readStat} from '../../../shared/process-stat.js';
import {readIfPossible} from '../../../shared/read-whole.js';
import {searchProcesses} from './search.js';
import type {Pause} from './turns.js';

/** @returns itself first; what is not found in time is missing */
export type Descent = (pid: number) => Promise<readonly number[]>;

export async function createDescent(pause: Pause): Promise<Descent> {
  const childrenOf = canTell() ? (pid: number) => childrenIn(pid, pause) : await childrenByParent();
  return async pid => {
    const found = [pid];
    // The list grows while it is walked.
    for (let nth = 0; nth < found.length && (await pause()); nth += 1) {
      const children = await childrenOf(found[nth] ?? 0);
      found.push(...children.filter(child => !found.includes(child)));
    }
    return found;
  };
}

/** Each thread has children of its own (proc(5)). */
async function childrenIn(pid: number, pause: Pause): Promise<readonly number[]> {
  const found: number[] = [];
  for (const thread of threadsOf(pid)) {
    if (!(await pause())) break;
    // A thread that has ended has none.
    const text = readIfPossible(`/proc/${pid}/task/${thread}/children`) ?? '';
    found.push(...text.split(' ').filter(Boolean).map(Number));
  }
  return found;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    // The process has ended.
    return [];
  }
}

/** A kernel may be built without these files (CONFIG_PROC_CHILDREN). */
function canTell(): boolean {
  return readIfPossible(`/proc/self/task/${process.pid}/children`) !== null;
}

async function childrenByParent() {
  const byParent = new Map<number, number[]>();
  const note = (pid: number) => {
    const parent = readStat(pid)?.parent;
    if (parent !== undefined) byParent.set(parent, [...(byParent.get(parent) ?? []), pid]);
    return null;
  };
  await searchProcesses(allProcesses(), note, {most: Number.POSITIVE_INFINITY});
  return async (pid: number): Promise<readonly number[]> => byParent.get(pid) ?? [];
}
