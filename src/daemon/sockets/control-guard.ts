/**
 * Makes the control socket and its directory again when they were removed: programs that clean up /tmp and /run do not
 * know that ssd lives. The kernel reports the removal, because unlink changes the socket's count of links (inotify(7),
 * IN_ATTRIB). The watch costs nothing while the socket stays. If the directory is moved away with the socket in it, the
 * guard does not notice.
 */
import {type FSWatcher, mkdirSync, watch} from 'node:fs';
import {dirname} from 'node:path';
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import {isOwnPath} from '../files/own-path.js';
import {inPlaceItself} from '../system/place.js';
import {bindControl, type ControlWish} from './control-place.js';
import type {BoundPath} from './unix-socket.js';

/** A program that removes the whole directory removes the socket first, and the directory a moment later. */
const SETTLE_MS = 100;
const RETRY_MS = 10_000;

export type GuardContext = {
  readonly bound: BoundPath;
  readonly wish: ControlWish;
  /** Called when the socket is there again. No client can reach the former descriptor. */
  readonly onBound: (bound: BoundPath) => void;
  /** Called once when the socket cannot be made again. The guard tries again later. */
  readonly onFailed: (failure: Failure) => void;
};

/** @returns a function that ends the guard */
export function guardControl({bound: first, wish, onBound, onFailed}: GuardContext): () => void {
  let bound = first;
  let watcher: FSWatcher | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  const lookIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(look, ms);
  };
  const look = () => {
    if (isOwnPath(bound.path, bound.identity)) return;
    const next = bindAgain(wish);
    if ('identity' in next) {
      bound = next;
      onBound(next);
      startWatch();
    } else {
      if (!failing) onFailed(next);
      lookIn(RETRY_MS);
    }
    failing = !('identity' in next);
  };
  const startWatch = () => {
    watcher?.close();
    watcher = watchQuietly(bound.path, () => lookIn(SETTLE_MS));
  };
  startWatch();
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

function watchQuietly(path: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(path, {persistent: false}, onChange).on('error', () => {});
  } catch {
    // No inotify instance is left for this user. The socket is not guarded.
    return null;
  }
}

function bindAgain(wish: ControlWish): BoundPath | Failure {
  try {
    // This directory existed when ssd started. `bindControl` makes and checks the default one.
    if (wish.control !== null) makeDirectory(dirname(wish.control));
    return bindControl(wish);
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    return {code: 'control-unusable', path: wish.control ?? 'the default place', problem: causeOf(error)};
  }
}

function makeDirectory(path: string): void {
  try {
    inPlaceItself(path, at => mkdirSync(at, {mode: 0o700}));
  } catch {
    // The directory is there, or it cannot be made and bind will say why.
  }
}
