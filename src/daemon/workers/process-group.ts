/**
 * Who belongs to a process group. The kernel tells it only by /proc: kill(2) with signal 0 counts zombies too, and in
 * a container whose first process collects none they would stay in the group for ever.
 */
import {readdirSync} from 'node:fs';
import {isOver, readStat} from '../../shared/process-stat.js';

/** By group, the processes in it that live, but not its leader. */
export type Members = ReadonlyMap<number, readonly number[]>;

/** Looks once through all processes. Without /proc every group counts as empty. */
export function membersOf(groups: ReadonlySet<number>): Members {
  const members = new Map<number, number[]>();
  for (const pid of allProcesses()) {
    const stat = readStat(pid);
    if (!stat || !groups.has(stat.group) || stat.group === pid || isOver(stat)) continue;
    members.set(stat.group, [...(members.get(stat.group) ?? []), pid]);
  }
  return members;
}

/** Whether this process lives and is in this group. */
export function isMember(pid: number, group: number): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.group === group && !isOver(stat);
}

/** The children of this process that have ended and were not collected, without `own`. */
export function endedChildren(own: {readonly has: (pid: number) => boolean}): readonly number[] {
  return allProcesses().filter(pid => {
    const stat = own.has(pid) ? null : readStat(pid);
    return stat !== null && stat.parent === process.pid && isOver(stat);
  });
}

/** The pids of all processes. Without /proc there are none. */
export function allProcesses(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    // No /proc.
    return [];
  }
}
