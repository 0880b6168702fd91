/** Reads the state file that a dead ssd has left. Only a file that nobody else can have written counts. */
import {closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats} from 'node:fs';
import {hasEnded, isOver, readStat} from '../process-stat.js';
import {readIfPossible} from '../read-whole.js';
import {decodeState} from './decode-state.js';
import {withMissed} from './missed.js';
import {type ProcessMark, type State, type StateWorker, statePath} from './state.js';

/** A state of some ten thousand workers has less. */
const MOST_BYTES = 4 * 1024 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/** The boot of the machine and the pid namespace of this process; '' where the kernel does not tell. */
export type Here = {readonly boot: string; readonly pids: string};

export function here(): Here {
  return {
    boot: readIfPossible('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
    pids: namespace(),
  };
}

/** What a state file says. null: there is none. */
export type ReadState = State | {readonly problem: string} | null;

/** @param uid whose file it has to be */
export function readState(path: string, uid: number): ReadState {
  let fd = -1;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return {problem: code === 'ELOOP' ? 'it is a link' : code};
  }
  try {
    const problem = problemOf(fstatSync(fd), uid);
    return problem === null ? decodeState(readBounded(fd)) : {problem};
  } catch (error) {
    return {problem: (error as NodeJS.ErrnoException).code ?? 'EIO'};
  } finally {
    try {
      closeSync(fd);
    } catch {
      // Nothing was written, so nothing is lost.
    }
  }
}

/** Whether the process lives that a state file names. */
export function lives({pid, startedAt}: ProcessMark): boolean {
  return !hasEnded(pid, startedAt);
}

/** @returns null for a process that is gone */
export function markOf(pid: number): ProcessMark | null {
  const stat = readStat(pid);
  return stat && {pid, startedAt: stat.startedAt};
}

/**
 * Whether the ssd lives that wrote a state. One that was killed has let go of its sockets a moment before it is gone, and does
 * nothing any more.
 */
export function isManned({writer}: Pick<State, 'writer'>): boolean {
  const stat = readStat(writer.pid);
  return stat !== null && stat.startedAt === writer.startedAt && !stat.exiting && !isOver(stat);
}

/** Why the pids of a state mean nothing here. `isKnown`: they are those of others. `isOver`: nothing that it names can live. */
export type Meaningless = {readonly cause: string; readonly isKnown: boolean; readonly isOver: boolean};

export function meaninglessIn(state: Pick<State, 'boot' | 'pids'>, {boot, pids}: Here): Meaningless | null {
  // Where neither then nor now anything was told, two different ones would be the same.
  if ([boot, pids, state.boot, state.pids].includes(''))
    return {cause: UNTOLD, isKnown: false, isOver: false};
  if (state.boot !== boot) return {cause: 'the machine was started anew since', isKnown: true, isOver: true};
  if (state.pids !== pids)
    return {cause: 'its pids are those of another container', isKnown: true, isOver: false};
  return null;
}

const UNTOLD = 'it cannot be told whether its pids are those of this boot, because /proc hides that';

/** The workers that live without an ssd; none where the state means nothing here, or its ssd lives. */
export function orphansOf(state: State, where: Here): readonly StateWorker[] {
  if (meaninglessIn(state, where) || isManned(state)) return [];
  return withMissed(state, lives).generations.flatMap(({workers}) => workers.filter(lives));
}

/**
 * The pid of another process that is the ssd of this control socket, as its state file says, even while its socket is not there:
 * whatever cleans up /tmp may have removed it. null: there is none.
 */
export function ssdOf(control: string, uid: number): number | null {
  const state = readState(statePath(control), uid);
  if (state === null || 'problem' in state || state.writer.pid === process.pid) return null;
  return meaninglessIn(state, here()) === null && isManned(state) ? state.writer.pid : null;
}

function problemOf(stats: Stats, uid: number): string | null {
  if (!stats.isFile()) return 'it is not a regular file';
  if (stats.uid !== uid) return `it belongs to uid ${stats.uid}, not to ${uid}`;
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return 'others may write it; its mode must be 0600';
  return stats.size > MOST_BYTES ? `it has ${stats.size} bytes` : null;
}

function readBounded(fd: number): string {
  const buffer = Buffer.alloc(fstatSync(fd).size + 1);
  let length = 0;
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, null);
    length += read;
    if (read === 0 || length === buffer.length) return buffer.toString('utf8', 0, length);
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // No /proc.
    return '';
  }
}
