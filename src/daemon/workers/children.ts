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
import {constants} from 'node:os';
import type {Ending} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import {collectChild, endedChild, groupOf, type SpawnOrder, spawnProcess} from '../system/posix-process.js';

export type ChildOrder = SpawnOrder & {readonly onExit: (ending: Ending) => void};

export type Children = {
  /** Starts a program. Does not throw. @returns its pid, or the errno name of the failure, such as `ENOENT` */
  readonly spawn: (order: ChildOrder) => {readonly pid: number} | {readonly cause: string};
  /** Signals a child that is not collected yet; ignores any other pid. `signal` has no `SIG`: `TERM`. */
  readonly signal: (pid: number, signal: string) => void;
  /** Sends SIGKILL to a child that is not collected yet, and to its process group if it leads one. */
  readonly kill: (pid: number) => void;
  /** Collects the children that have ended. An exit that happened counts before a deadline that passed. */
  readonly collect: () => void;
  /** Stops watching. Living children go on. */
  readonly dispose: () => void;
};

/** Watches for SIGCHLD from now on. */
export function watchChildren(): Children {
  const living = new Map<number, (ending: Ending) => void>();
  const collectOne = (pid: number, onExit: (ending: Ending) => void) => {
    const status = collectChild(pid);
    if (status === null) return;
    living.delete(pid);
    onExit(status === 'lost' ? {type: 'unknown'} : endingOf(status));
  };
  const collect = () => {
    for (const [pid, onExit] of living) collectOne(pid, onExit);
    if (process.pid === 1) collectStrangers(living);
  };
  // When many children end together, each of them causes a signal. One look at all of them is enough.
  let look: NodeJS.Immediate | undefined;
  const lookSoon = () => {
    look ??= setImmediate(() => {
      look = undefined;
      collect();
    });
  };
  process.on('SIGCHLD', lookSoon);
  return {
    collect,
    spawn: order => {
      try {
        const pid = spawnOrInterpret(order);
        living.set(pid, order.onExit);
        return {pid};
      } catch (error) {
        return {cause: causeOf(error)};
      }
    },
    signal: (pid, signal) => {
      if (!living.has(pid)) return;
      try {
        process.kill(pid, `SIG${signal}` as NodeJS.Signals);
      } catch {
        // EPERM: the child changed its user. Nothing can be done; its exit will be seen.
      }
    },
    kill: pid => {
      if (!living.has(pid)) return;
      // The group comes first: its number is free for others once the leader is collected and all members are gone.
      if (groupOf(pid) === pid) sendKill(-pid);
      sendKill(pid);
    },
    dispose: () => {
      process.off('SIGCHLD', lookSoon);
      clearImmediate(look);
    },
  };
}

function sendKill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // ESRCH: it has ended. EPERM: it changed its user. Its exit will be seen, or the next SIGKILL tries again.
  }
}

/** As PID 1 of a container, ssd inherits every orphan. Uncollected, they would fill the process table. */
function collectStrangers(own: ReadonlyMap<number, unknown>): void {
  for (let pid = endedChild(); pid !== null && !own.has(pid); pid = endedChild()) collectChild(pid);
}

/** Runs a file without `#!` with the shell, as execvp(3) and start_server do. */
function spawnOrInterpret(order: SpawnOrder): number {
  try {
    return spawnProcess(order);
  } catch (error) {
    if (causeOf(error) !== 'ENOEXEC') throw error;
    const argv = ['/bin/sh', order.path, ...order.argv.slice(1)];
    return spawnProcess({...order, path: '/bin/sh', argv});
  }
}

/** Decodes a wait status (wait(2)). */
function endingOf(status: number): Ending {
  const number = status & 0x7f;
  if (number === 0) return {type: 'exited', code: (status >> 8) & 0xff};
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return {type: 'signalled', signal: signal ?? `signal ${number}`};
}
