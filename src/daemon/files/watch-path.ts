/** Notices without polling that the file at a path was removed. */
import {watch} from 'node:fs';

/**
 * How long to wait after a change before looking. Removing a directory tree takes several steps, and a removed path may be
 * made anew at once.
 */
export const SETTLE_MS = 100;

export type WatchedPath = {
  readonly path: string;
  /** Whether what is to be watched is at the path. */
  readonly isThere: () => boolean;
  readonly onChange: () => void;
};

/**
 * Calls back when something happens to what is at `path` now. unlink(2) changes its link count, which inotify(7) reports
 * (IN_ATTRIB). Until then the watch costs nothing. It does not notice that a directory above the path was moved away.
 *
 * If the file is already gone when the watch begins, `onChange` is called at once.
 *
 * @returns a function that ends the watch
 */
export function watchPath({path, isThere, onChange}: WatchedPath): () => void {
  const close = begin(path, onChange);
  if (!isThere()) onChange();
  return close;
}

function begin(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, {persistent: false}, onChange).on('error', () => {});
    return () => watcher.close();
  } catch {
    // The path is gone already, or this user has no inotify instance left. Then nothing watches it.
    return () => {};
  }
}
