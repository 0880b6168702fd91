/**
 * Puts back what ssd keeps on disk where it was removed: what cleans up /tmp and /run does not know that ssd lives. It
 * is noticed without polling (`watch-path.ts`), and whenever somebody has reason to look.
 */
import {mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {inPlaceItself} from '../system/place.js';
import {watchPath} from './watch-path.js';

/** Whoever removes a directory with all that is in it removes what is in it first. */
const SETTLE_MS = 100;
const RETRY_MS = 10_000;

export type GuardedPath<Failed> = {
  /** Where it is now; it may be put back elsewhere. */
  readonly path: () => string;
  readonly isThere: () => boolean;
  /** @returns null, or why it could not be put back; that is tried again */
  readonly putBack: () => Failed | null;
  readonly onBack: () => void;
  /** Told once, until it is back. */
  readonly onFailed: (failed: Failed) => void;
};

export type Guard = {
  readonly look: () => void;
  /** It was made anew on purpose: what is at the path now is to be watched. */
  readonly rearm: () => void;
  readonly dispose: () => void;
};

export function guardPath<Failed>(guarded: GuardedPath<Failed>): Guard {
  const {path, isThere, putBack, onBack, onFailed} = guarded;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  let disposed = false;
  const lookIn = (ms: number) => {
    clearTimeout(timer);
    if (!disposed) timer = setTimeout(look, ms);
  };
  const watch = () => watchPath(path(), () => lookIn(SETTLE_MS));
  let unwatch = watch();
  const rearm = () => {
    unwatch();
    unwatch = watch();
  };
  const look = () => {
    if (disposed || isThere()) return;
    const failed = putBack();
    if (failed === null) {
      onBack();
      rearm();
    } else {
      if (!failing) onFailed(failed);
      lookIn(RETRY_MS);
    }
    failing = failed !== null;
  };
  return {
    look,
    rearm,
    dispose: () => {
      disposed = true;
      clearTimeout(timer);
      unwatch();
    },
  };
}

/** Makes the directory of a path that was there when ssd started, as far as that can be done. */
export function makeDirectoryOf(path: string, mode: number): void {
  try {
    inPlaceItself(dirname(path), at => mkdirSync(at, {mode}));
  } catch {
    // It is there; or it cannot be made, and then whoever makes the file says why.
  }
}
