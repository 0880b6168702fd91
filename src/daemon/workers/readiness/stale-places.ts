/**
 * Removes the directories of notification sockets whose ssd was killed. Nobody else does: /run is memory, and is emptied only
 * at the next boot.
 */
import {lstatSync, readdirSync, rmdirSync, type Stats, unlinkSync} from 'node:fs';
import {join} from 'node:path';
import {monotonicMs} from '../../../shared/monotonic.js';
import {probeUnix, unixAddress} from '../../system/posix.js';

/** In a file system, the name of a directory goes on with six letters (mkdtemp(3)). */
export const PLACE_PREFIX = 'ssd-notify-';
/** A start takes less time between the directory and the socket in it. */
const YOUNG_MS = 60_000;
/** What is left, the next ssd removes. */
const LONGEST_MS = 5;

/**
 * Never throws.
 *
 * @param parent where such directories are
 * @param longestMs how long to go on, in milliseconds
 */
export function removeStalePlaces(parent: string, longestMs = LONGEST_MS): void {
  const until = monotonicMs() + longestMs;
  for (const name of namesIn(parent)) {
    if (monotonicMs() > until) break;
    const directory = join(parent, name);
    const socket = join(directory, 'socket');
    try {
      if (!isOurs(lstatSync(directory))) continue;
      if (isStale(socket, directory)) {
        removeIfThere(socket);
        rmdirSync(directory);
      }
    } catch {
      // Somebody else has removed it, or has put something into it.
    }
  }
}

function namesIn(parent: string): string[] {
  try {
    return readdirSync(parent).filter(name => name.startsWith(PLACE_PREFIX));
  } catch {
    return [];
  }
}

function isOurs(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === process.geteuid?.();
}

/** A connection of another type is refused in another way while a process has the socket (EPROTOTYPE). */
function isStale(socket: string, directory: string): boolean {
  const found = probeUnix(unixAddress(socket));
  if (!('code' in found)) return false;
  if (found.code === 'ECONNREFUSED') return true;
  return found.code === 'ENOENT' && Date.now() - lstatSync(directory).mtimeMs > YOUNG_MS;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
