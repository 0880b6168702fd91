/** Signals to children and to the groups that they lead. */
import {causeOf} from '../../../shared/words/errors.js';
import {groupOf} from '../../system/posix-process.js';
import {membersOf} from '../process-group.js';
import type {Living} from './table.js';

export function signalChild(living: Living, pid: number, signal: string): string | null {
  const child = living.get(pid);
  if (!child) return null;
  if (child.ended === null) return send(pid, signal);
  const cause = send(-pid, signal);
  if (cause !== null) return cause;
  // kill(2) of a group succeeds if it may signal one member. The leader, which has ended, is such a member.
  const members = membersOf(new Set([pid])).get(pid) ?? [];
  return members.map(member => send(member, 0)).find(refused => refused !== null) ?? null;
}

export function resume(living: Living, pid: number): void {
  const child = living.get(pid);
  if (child) send(child.ended || groupOf(pid) === pid ? -pid : pid, 'SIGCONT');
}

export function signalAll(living: Living, pid: number, signal: string): string | null {
  const isGroup = living.get(pid)?.onLeaderEnd && groupOf(pid) === pid;
  return isGroup ? send(-pid, signal) : signalChild(living, pid, signal);
}

/** First the group: its number is free for others once the leader is collected and all members are gone. */
export function kill(living: Living, pid: number): string | null {
  const {ended, isOnlyApart} = living.get(pid) ?? {};
  if (ended === null && !isOnlyApart && groupOf(pid) === pid) send(-pid, 'SIGKILL');
  return signalChild(living, pid, 'SIGKILL');
}

/** @returns null, or the errno name of the refusal: EPERM for a process that has changed its user */
function send(target: number, signal: string | 0): string | null {
  try {
    process.kill(target, signal as NodeJS.Signals | 0);
    return null;
  } catch (error) {
    const cause = causeOf(error);
    // It has ended, and its exit will be seen.
    return cause === 'ESRCH' ? null : cause;
  }
}
