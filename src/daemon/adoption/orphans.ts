/** What an ssd that was killed has left, as far as it is found. */
import type {LeftOut} from '../../shared/protocol/left-out.js';
import type {State, StateWorker} from '../../shared/state/state.js';
import type {Identity} from '../files/own-path.js';
import type {PassedListener} from '../sockets/inherited/passed-listeners.js';
import {closeQuietly} from '../system/close-quietly.js';

/** A worker that lives, with a pid descriptor that stands for it. */
export type Orphan = StateWorker & {readonly generation: number; readonly pidFd: number};

export type Orphans = {
  /** null: there is nothing to take over. */
  readonly state: State | null;
  readonly workers: readonly Orphan[];
  readonly listeners: readonly PassedListener[];
  readonly leftOut: readonly LeftOut[];
  /** The files of its unix listeners. */
  readonly paths: readonly LeftPath[];
  /** The pid descriptors have another owner by now, who closes them. */
  isHeld?: true;
};

export type LeftPath = {
  readonly path: string;
  readonly identity: Identity;
  /** A worker has its socket, so that nobody else's file can have this identity. */
  readonly isHeld: boolean;
};

export const NO_ORPHANS: Orphans = {state: null, workers: [], listeners: [], leftOut: [], paths: []};

/** Lets go of all that was found. */
export function closeOrphans({workers, listeners}: Orphans): void {
  for (const {pidFd} of workers) closeQuietly(pidFd);
  for (const {fd} of listeners) closeQuietly(fd);
}

/** The releases of the generations that were good, and of those that live. */
export function releasesOf({state}: Orphans): ReadonlyMap<number, string> {
  const known = [state?.former, state?.good, ...(state?.generations ?? [])];
  return new Map(
    known.flatMap(one => (one && one.release !== null ? [[one.generation, one.release] as const] : [])),
  );
}
