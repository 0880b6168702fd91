/**
 * Every child of ssd, from the fork to the moment its exit is known. All of what is subtle about processes is
 * in this file and in `posix-process.ts`.
 *
 * Why posix_spawn and not `child_process.spawn`: libuv clears O_NONBLOCK on a descriptor it hands over as 0, 1
 * or 2 (uv__process_child_init). The flag belongs to the open file description that all generations share, so
 * with `--port=N=0` each new worker would make the listener blocking under an old one that runs an event loop,
 * whose next accept would then hang. posix_spawn duplicates and does nothing else; it reports a failed exec by
 * its errno, and a successful one before it returns.
 *
 * A child that has ended keeps its pid until it is collected here, and is forgotten in the same turn: so a pid
 * in the table can be signalled, it is never that of a stranger.
 */
import {constants} from 'node:os';
import type {Ending} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import {collectChild, endedChild, groupOf, type SpawnOrder, spawnProcess} from '../system/posix-process.js';

export type ChildOrder = SpawnOrder & {readonly onExit: (ending: Ending) => void};

export type Children = {
  /** Starts a program. @returns its pid, or the errno name of what failed */
  readonly spawn: (order: ChildOrder) => {readonly pid: number} | {readonly cause: string};
  /** Signals a child that has not been collected; any other pid is left alone. */
  readonly signal: (pid: number, signal: string) => void;
  /** Sends SIGKILL to a child that has not been collected, and to the process group that it leads, if it does. */
  readonly kill: (pid: number) => void;
  /** Collects what has ended already: an exit that has happened counts before a deadline that has passed. */
  readonly collect: () => void;
  /** Stops watching; children that live go on. */
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
  // Where many end together a signal comes for each of them: one look at all that live is enough.
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
        // EPERM: it changed its user. There is nothing to be done; its exit will be seen.
      }
    },
    kill: pid => {
      if (!living.has(pid)) return;
      // First the group: its number is free for others once the leader is collected and all are gone.
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
    // ESRCH: it has ended; EPERM: it changed its user. Its exit will be seen, or the next sweep tries again.
  }
}

/** As PID 1 of a container ssd inherits every orphan; left alone they would fill the table of processes. */
function collectStrangers(own: ReadonlyMap<number, unknown>): void {
  for (let pid = endedChild(); pid !== null && !own.has(pid); pid = endedChild()) collectChild(pid);
}

/** Runs a file without `#!` by the shell, as execvp(3) does, and so start_server. */
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
