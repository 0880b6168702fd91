/**
 * Finds what an ssd has left that was killed: its workers, and the listeners that they hold.
 *
 * A pid descriptor is opened for each worker first, and its start time compared after that: from then on nothing that ssd
 * does can reach another process. Nothing is signalled here, and nothing of what is found changes.
 */

import {isOver, nameOf, readStat} from '../../shared/process-stat.js';
import type {LeftOut} from '../../shared/protocol/left-out.js';
import {withMissed} from '../../shared/state/missed.js';
import {type Here, here, isManned, lives, meaninglessIn, readState} from '../../shared/state/read-state.js';
import type {State, StateWorker} from '../../shared/state/state.js';
import {causeOf} from '../../shared/words/errors.js';
import {closeQuietly} from '../system/close-quietly.js';
import {openPid, signalPid} from '../system/posix-process.js';
import {readableOf} from '../system/processes/pid-descriptors.js';
import {leftPathsOf} from './left-paths.js';
import {NO_ORPHANS, type Orphan, type Orphans} from './orphans.js';
import {takeListeners} from './take-listeners.js';

/**
 * @param path of the state file
 * @param uid whose file it has to be
 */
export function findOrphans(path: string, uid: number, where: Here = here()): Orphans {
  const written = readState(path, uid);
  if (written === null) return NO_ORPHANS;
  const leave = (what: 'state' | 'remains', cause: string): Orphans => {
    return {...NO_ORPHANS, leftOut: [{what, subject: path, pid: null, command: null, cause}]};
  };
  if ('problem' in written) return leave('state', written.problem);
  const meaningless = meaninglessIn(written, where);
  if (meaningless) return leave(meaningless.isKnown ? 'remains' : 'state', meaningless.cause);
  if (isManned(written)) return leave('state', `the ssd that wrote it lives, pid ${written.writer.pid}`);
  const state = withMissed(written, lives);
  const leftOut: LeftOut[] = [];
  const workers = orderOf(state).flatMap(worker => openOrphan(worker, leftOut));
  const listeners = workers.length === 0 ? [] : takeListeners(state.listeners, workers, leftOut);
  const paths = leftPathsOf(state, listeners);
  if (workers.length > 0) return {state, workers, listeners, leftOut, paths};
  if (leftOut.length > 0) return {...NO_ORPHANS, leftOut, paths};
  return {...leave('remains', 'none of its workers lives'), paths};
}

/** The ones that serve first: they hold the listeners most surely. */
function orderOf({generations}: State): readonly (StateWorker & {readonly generation: number})[] {
  const all = generations.flatMap(({generation, workers}) =>
    workers.map(worker => ({...worker, generation})),
  );
  const rank = ({phase}: StateWorker) => ['ready', 'starting', 'retiring'].indexOf(phase);
  return all.sort((a, b) => rank(a) - rank(b));
}

/** A process that has set user or capabilities is hidden even from its own user, with `hidepid` (proc(5)). */
const HIDDEN = 'a process has this pid, and /proc hides whether it is the worker (hidepid)';

/** Adds to `leftOut` why a process cannot be taken over. One that is gone needs no word. */
function openOrphan(
  worker: StateWorker & {readonly generation: number},
  leftOut: LeftOut[],
): readonly Orphan[] {
  const {pid, generation, startedAt} = worker;
  let pidFd = -1;
  const leave = (cause: string) => {
    if (pidFd !== -1) closeQuietly(pidFd);
    leftOut.push({what: 'worker', subject: `generation ${generation}`, pid, command: nameOf(pid), cause});
    return [];
  };
  try {
    pidFd = openPid(pid);
    const stat = readStat(pid);
    if (pid === process.pid) return leave('it is this ssd');
    if (stat && stat.startedAt !== startedAt) return leave('another process has this pid now');
    if (stat === null && !readableOf([pidFd])[0]) return leave(HIDDEN);
    if (stat === null || isOver(stat)) {
      closeQuietly(pidFd);
      return [];
    }
    signalPid(pidFd, 0);
    return [{...worker, pidFd}];
  } catch (error) {
    const cause = causeOf(error);
    if (cause !== 'ESRCH') return leave(cause);
    if (pidFd !== -1) closeQuietly(pidFd);
    return [];
  }
}
