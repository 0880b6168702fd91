/**
 * Notices that the log file is no longer at its path, so that what is written to it is lost, or found by nobody.
 *
 * ssd does not put it back, because a rotation moves the file away and a script tells ssd soon after. So a file that was
 * moved counts only after a minute. A file without any name is lost at once. ssd looks when workers are spawned and when
 * the status is asked for. Nothing watches the file: each line that is written would wake ssd.
 */
import {fstatSync} from 'node:fs';
import {causeOf} from '../../shared/words/errors.js';
import {isAt} from '../files/pid-file.js';
import {inPlace} from '../system/place.js';

/** `unknown`: it cannot be seen from here, or it is not a regular file. */
export type Place = 'there' | 'moved' | 'removed' | 'unknown';

/** How long a rotation may take. */
export const ROTATION_MS = 60_000;

export type PlaceContext = {
  readonly place: () => Place;
  readonly now: () => number;
  /** Called whenever it is seen that the file is gone. */
  readonly onGone: (cause: string) => void;
  readonly onThere: () => void;
};

export type PlaceWatch = {readonly look: () => void; readonly dispose: () => void};

export function watchPlace({place, now, onGone, onThere}: PlaceContext): PlaceWatch {
  let movedAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const dispose = () => clearTimeout(timer);
  const look = () => {
    const found = place();
    if (found === 'unknown') return;
    dispose();
    if (found !== 'moved') {
      movedAt = null;
      if (found === 'there') onThere();
      else onGone('was removed');
      return;
    }
    movedAt ??= now();
    const leftMs = movedAt + ROTATION_MS - now();
    if (leftMs <= 0) onGone('was moved away');
    else timer = setTimeout(look, leftMs).unref();
  };
  return {look, dispose};
}

/** @param fd the open file */
export function placeOf(path: string, fd: number): Place {
  try {
    const file = fstatSync(fd);
    if (!file.isFile()) return 'unknown';
    // The path comes first: there are file systems that count no links.
    if (leadsTo(path, fd)) return 'there';
    return file.nlink === 0 ? 'removed' : 'moved';
  } catch {
    // No right to look, a link of somebody else on the way, a file system that fails.
    return 'unknown';
  }
}

function leadsTo(path: string, fd: number): boolean {
  try {
    return inPlace(path, at => isAt(at, fd));
  } catch (error) {
    const cause = causeOf(error);
    if (cause === 'ENOENT' || cause === 'ENOTDIR') return false;
    throw error;
  }
}
