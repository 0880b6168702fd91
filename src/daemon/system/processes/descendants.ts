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
    const found = new Set([pid]);
    // The set grows while it is walked.
    for (const one of found) {
      if (!(await pause())) break;
      for (const child of await childrenOf(one)) found.add(child);
    }
    return [...found];
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
    if (parent === undefined) return null;
    const known = byParent.get(parent);
    if (known) known.push(pid);
    else byParent.set(parent, [pid]);
    return null;
  };
  await searchProcesses(allProcesses(), note, {most: Number.POSITIVE_INFINITY});
  return async (pid: number): Promise<readonly number[]> => byParent.get(pid) ?? [];
}
