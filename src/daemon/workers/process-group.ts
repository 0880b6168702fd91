/**
 * Finds the members of a process group in /proc. kill(2) with signal 0 would count zombies too, and in a container whose
 * first process does not collect them they stay in the group for ever.
 */
import {allProcesses, isOver, readStat} from '../../shared/process-stat.js';

/** The living processes of each group, without its leader. */
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
