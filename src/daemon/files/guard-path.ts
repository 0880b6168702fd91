/**
 * Puts back what ssd keeps on disk after somebody removed it: a job that cleans up /tmp or /run does not know that ssd
 * runs. A removal is noticed without polling (`watch-path.ts`), and whenever there is another reason to look.
 */
import {mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {inPlaceItself} from '../system/place.js';
import {SETTLE_MS, watchPath} from './watch-path.js';

const RETRY_MS = 10_000;

export type GuardedPath<Failed> = {
  /** The present path. It may change when the file is put back. */
  readonly path: () => string;
  readonly isThere: () => boolean;
  /** @returns null, or why it could not be put back; the guard tries again later */
  readonly putBack: () => Failed | null;
  readonly onBack: () => void;
  /**
   * It is there after all, as it was: only the way to it had been barred, or it had been moved away and back. Called by the
   * first look as well: a former image of ssd may have told of a failure.
   */
  readonly onThere: () => void;
  /** Called at the first failure, and not again until the file is back. */
  readonly onFailed: (failed: Failed) => void;
};

export type Guard = {
  readonly look: () => void;
  /** Watches what is at the path now. To be called after ssd itself has replaced it. */
  readonly rearm: () => void;
  readonly dispose: () => void;
};

export function guardPath<Failed>(guarded: GuardedPath<Failed>): Guard {
  const {path, isThere, putBack, onBack, onThere, onFailed} = guarded;
  let timer: NodeJS.Timeout | undefined;
  /** null: nobody has looked yet. */
  let failing: boolean | null = null;
  let disposed = false;
  const lookIn = (ms: number) => {
    clearTimeout(timer);
    if (!disposed) timer = setTimeout(look, ms);
  };
  const lookSoon = () => lookIn(SETTLE_MS);
  const watch = () => watchPath({path: path(), isThere, onChange: lookSoon});
  let unwatch = () => {};
  const rearm = () => {
    unwatch();
    unwatch = watch();
  };
  const look = () => {
    if (disposed) return;
    if (isThere()) {
      if (failing !== false) onThere();
      failing = false;
      return;
    }
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
  // What is gone by now is looked for at once.
  rearm();
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

/** Tries to make the directory of a path, for one that was there when ssd started. */
export function makeDirectoryOf(path: string, mode: number): void {
  try {
    inPlaceItself(dirname(path), at => mkdirSync(at, {mode}));
  } catch {
    // The directory exists, or cannot be made. In that case making the file fails and says why.
  }
}
