/**
 * Every child of ssd, from the fork until its exit is known. This file and `posix-process.ts` hold all that is subtle
 * about processes.
 *
 * Why posix_spawn and not `child_process.spawn`: libuv clears O_NONBLOCK on a descriptor that it hands over as 0, 1
 * or 2 (uv__process_child_init). All generations share that flag, because it belongs to the open file description. So
 * with `--port=N=0` each new worker would make the listener blocking under an old worker that runs an event loop. The
 * next accept of the old worker would then hang. posix_spawn only duplicates. It returns after the exec, with the
 * errno if that failed.
 *
 * An ended child keeps its pid until this file collects it, and is forgotten in the same turn. So a pid in the table
 * is never that of a stranger, and can be signalled.
 */
import {allProcesses} from '../../shared/process-stat.js';
import {isTerminal} from '../../shared/standard-streams.js';
import {causeOf} from '../../shared/words/errors.js';
import type {HandedOver} from '../handover/handed-over.js';
import {
  collectChild,
  endedChild,
  isEndedChild,
  mayHaveEnded,
  type SpawnOrder,
  spawnProcess,
} from '../system/posix-process.js';
import {collectGroups} from './children/groups.js';
import {createRevival} from './children/revival.js';
import {kill, resume, signalAll, signalChild} from './children/signals.js';
import type {ChildCallbacks, ChildrenState, Living} from './children/table.js';
import {endingOf} from './ending-of.js';
import {isText} from './executable.js';
import {createGroupTimer} from './group-timer.js';
import {collectStrangers, type Kernel} from './orphans/strangers.js';
import {membersOf} from './process-group.js';
import {createStops} from './stops.js';

export type ChildOrder = SpawnOrder & ChildCallbacks;

export type Children = {
  /** Starts a program. Does not throw. @returns its pid, or the errno name of the failure, such as `ENOENT` */
  readonly spawn: (order: ChildOrder) => {readonly pid: number} | {readonly cause: string};
  /**
   * Signals a child that is not collected yet, or what is left of its group; ignores any other pid.
   *
   * @param signal without `SIG`: `TERM`
   * @returns null, or the errno name of the refusal
   */
  readonly signal: (pid: number, signal: string) => string | null;
  /** The same for a child with all of its process group, if `onLeaderEnd` was given; else for the child. */
  readonly signalAll: (pid: number, signal: string) => string | null;
  /** Continues a child that is stopped, with all of the group that it leads: a terminal stops them all. */
  readonly resume: (pid: number) => void;
  /** Sends SIGKILL to a child that is not collected yet, and to its process group if it leads one. As `signal`. */
  readonly kill: (pid: number) => string | null;
  /** The processes that are left of this child: itself, or the others of its group. */
  readonly remains: (pid: number) => readonly number[];
  /** Collects the children that have ended. An exit that happened counts before a deadline that passed. */
  readonly collect: () => void;
  /**
   * Watches a child again that the former image of ssd had. What has happened to it since is told by the next look, which
   * is not now. Of a pid that the former image did not name, an unknown end is told.
   */
  readonly takeBack: (pid: number, callbacks: ChildCallbacks) => void;
  /** Nobody takes back the others that the former image had: they are collected as they end. @returns their pids */
  readonly forgetRest: () => readonly number[];
  readonly handOver: () => HandedOver<ChildrenState>;
  /** Stops watching. Living children go on. */
  readonly dispose: () => void;
};

/** The pause before the kernel is asked again about a child after a failed call. */
const ASK_AGAIN_MS = 100;

/**
 * Watches for SIGCHLD from now on.
 *
 * If standard input is a terminal, children are in ssd's process group, so that Ctrl-Z stops all of them. Otherwise each
 * leads its own group: the hang-up of the terminal after `nohup ssd &` goes to the group of ssd, and would end workers in
 * the middle of a request. ssd cannot know that it was started with SIGHUP ignored, because Node resets that.
 *
 * @param inherits ssd may have children that it did not start, and collects them, too. Process 1 always does.
 * @param revived the children of the former image of ssd. Nobody collects one before it is taken back.
 */
export function watchChildren(inherits = false, revived: ChildrenState | null = null): Children {
  const living: Living = new Map();
  const own = {has: (pid: number) => living.has(pid) || isLeft(pid)};
  const strangers = inherits || process.pid === 1 ? collectStrangers(own, KERNEL) : null;
  const apart = !isTerminal(0);
  const stops = createStops();
  let again: NodeJS.Timeout | undefined;
  const collectAll = () => {
    let isUnknown = collectGroups(living, stops);
    for (const [pid, {onExit, onLeaderEnd, onStop, ended}] of living) {
      if (onStop && !ended) stops.look(pid, onStop);
      const status = onLeaderEnd ? null : collectChild(pid);
      if (status === 'unknown') isUnknown = true;
      if (status === null || status === 'unknown') continue;
      living.delete(pid);
      stops.end(pid);
      onExit(endingOf(status));
    }
    clearTimeout(again);
    if (isUnknown) again = setTimeout(collectAll, ASK_AGAIN_MS).unref();
    strangers?.look();
    groups.lookAgain([...living.values()].filter(({ended}) => ended !== null).length);
  };
  const groups = createGroupTimer(collectAll);
  // When many children end together, a signal comes for each. One look at all of them is enough.
  let look: NodeJS.Immediate | undefined;
  const lookSoon = () => {
    look ??= setImmediate(() => {
      look = undefined;
      collectAll();
    });
  };
  const {isLeft, ...revival} = createRevival(revived, {living, stops, lookSoon});
  // A child may have ended before this process could take the signal.
  lookSoon();
  process.on('SIGCHLD', lookSoon);
  return {
    // Called before each worker counts as ready. One system call tells that no child has ended.
    collect: () => mayHaveEnded() && collectAll(),
    spawn: order => {
      try {
        const {onExit, onLeaderEnd, onStop, leadsGroup = false} = order;
        const pid = spawnOrInterpret({...order, leadsGroup: leadsGroup || apart});
        living.set(pid, {onExit, onLeaderEnd, onStop, isOnlyApart: apart && !leadsGroup, ended: null});
        return {pid};
      } catch (error) {
        return {cause: causeOf(error)};
      }
    },
    signal: (pid, signal) => signalChild(living, pid, `SIG${signal}`),
    signalAll: (pid, signal) => signalAll(living, pid, `SIG${signal}`),
    resume: pid => resume(living, pid),
    kill: pid => kill(living, pid),
    remains: pid => (living.get(pid)?.ended ? (membersOf(new Set([pid])).get(pid) ?? []) : [pid]),
    ...revival,
    dispose: () => {
      process.off('SIGCHLD', lookSoon);
      clearImmediate(look);
      clearTimeout(again);
      groups.dispose();
      strangers?.dispose();
    },
  };
}

const KERNEL: Kernel = {
  ended: endedChild,
  hasEnded: isEndedChild,
  collect: pid => typeof collectChild(pid) === 'number',
  processes: allProcesses,
};

/**
 * Runs a script without `#!` with the shell, as execvp(3) and start_server do. They do so with every file that the kernel
 * does not know, but a program for another machine is not a script.
 */
function spawnOrInterpret(order: SpawnOrder): number {
  try {
    return spawnProcess(order);
  } catch (error) {
    if (causeOf(error) !== 'ENOEXEC' || !isText(order)) throw error;
    const argv = ['/bin/sh', order.path, ...order.argv.slice(1)];
    return spawnProcess({...order, path: '/bin/sh', argv});
  }
}
