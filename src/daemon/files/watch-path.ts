/** Notices without polling that a path has lost what was there. */
import {watch} from 'node:fs';

/**
 * Calls back when something happens to what is at `path` now: unlink changes its count of links (inotify(7),
 * IN_ATTRIB), which costs nothing while it stays. A directory that is moved away with the path in it goes unnoticed.
 *
 * @returns ends it
 */
export function watchPath(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, {persistent: false}, onChange).on('error', () => {});
    return () => watcher.close();
  } catch {
    // It is gone already, or no inotify instance is left for this user: then it is not watched.
    return () => {};
  }
}
