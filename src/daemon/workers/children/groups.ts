/** Children that lead a process group, from the end of the leader until the group is empty. */
import type {Ending} from '../../../shared/protocol/event.js';
import {collectChild, endOfChild} from '../../system/posix-process.js';
import {endingOf} from '../ending-of.js';
import {isMember, membersOf} from '../process-group.js';
import type {Stops} from '../stops.js';
import type {Living} from './table.js';

/**
 * A child that leads a group is not collected while others of the group live. So neither its pid nor the number of
 * the group can be given to a stranger, and `kill(-pid)` is safe.
 *
 * @returns whether the kernel could not tell the state of one of them
 */
export function collectGroups(living: Living, stops: Stops): boolean {
  const ended = new Map<number, Ending>();
  let isUnknown = false;
  for (const [pid, child] of living) {
    if (!child.onLeaderEnd || (child.ended && isMember(child.ended.member, pid))) continue;
    const status = endOfChild(pid);
    if (status === 'unknown') isUnknown = true;
    else if (status !== null) ended.set(pid, child.ended?.ending ?? endingOf(status));
  }
  if (ended.size === 0) return isUnknown;
  // One look at all processes, however many workers have ended.
  const members = membersOf(new Set(ended.keys()));
  for (const [pid, ending] of ended) {
    const child = living.get(pid);
    if (!child) continue;
    stops.end(pid);
    const [member] = members.get(pid) ?? [];
    if (member === undefined) {
      collectChild(pid);
      living.delete(pid);
      child.onExit(ending);
    } else {
      living.set(pid, {...child, ended: {ending, member}});
      if (!child.ended) child.onLeaderEnd?.(ending);
    }
  }
  return isUnknown;
}
