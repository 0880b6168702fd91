/**
 * Puts the control socket back when it was removed, with its directory: what cleans up /tmp and /run does not know
 * that ssd lives. The kernel tells of it: unlink changes the socket's count of links (inotify(7), IN_ATTRIB), which
 * costs nothing while it stays. A directory that is moved away with the socket in it goes unnoticed.
 */
import {type FSWatcher, mkdirSync, watch} from 'node:fs';
import {dirname} from 'node:path';
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import {isOwnPath} from '../files/own-path.js';
import {bindControl, type ControlWish} from './control-place.js';
import type {BoundPath} from './unix-socket.js';

/** Whoever removes a directory with all that is in it removes the socket first. */
const SETTLE_MS = 100;
const RETRY_MS = 10_000;

export type GuardContext = {
  readonly bound: BoundPath;
  readonly wish: ControlWish;
  /** It is there again; the former descriptor leads nowhere. */
  readonly onBound: (bound: BoundPath) => void;
  /** It cannot be put back now; told once, and tried again. */
  readonly onFailed: (failure: Failure) => void;
};

/** @returns ends it */
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
    // No inotify instance is left for this user: then it is not guarded.
    return null;
  }
}

function bindAgain(wish: ControlWish): BoundPath | Failure {
  try {
    // It was there when ssd started. The default one is made, and looked at, by `bindControl`.
    if (wish.control !== null) makeDirectory(dirname(wish.control));
    return bindControl(wish);
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    return {code: 'control-unusable', path: wish.control ?? 'the default place', problem: causeOf(error)};
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, {mode: 0o700});
  } catch {
    // It is there; or it cannot be made, and then bind says why.
  }
}
