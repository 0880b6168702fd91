/**
 * Notices that the directory in which ssd was started is another one by now, under the name by which the shell called it. A
 * deploy does that when it switches the symbolic link `current`. Workers inherit the directory itself, so a restart would
 * start the old release once more, and succeed.
 */
import {statSync} from 'node:fs';
import {isSame} from '../files/own-path.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Problems} from '../problems/problems.js';

const code = 'start-directory';

/** `isNamed`: PWD led to the directory when ssd was started. A later version reads it. */
export type StartDirectoryState = {readonly isNamed: boolean};

export type StartDirectory = {
  /** To be called whenever workers are spawned. */
  readonly look: () => void;
  readonly handOver: () => HandedOver<StartDirectoryState>;
};

/**
 * @param name the value of PWD, by which a shell tells the name
 * @param revived of the former image of ssd: the name may lead elsewhere by now
 */
export function watchStartDirectory(
  name: string | undefined,
  {raise, solve}: Pick<Problems, 'raise' | 'solve'>,
  revived: StartDirectoryState | null = null,
): StartDirectory {
  const {isNamed} = revived ?? {isNamed: name !== undefined && leadsHere(name) === true};
  return {
    look: () => {
      if (name === undefined || !isNamed) return;
      const leads = leadsHere(name);
      // A name that is gone misleads nobody: there is no other release under it.
      if (leads === false) raise({code, subject: name, cause: process.cwd()});
      else if (leads) solve(code, name);
    },
    handOver: () => ({state: {isNamed}, fds: []}),
  };
}

/** @returns null if that cannot be found out */
function leadsHere(name: string): boolean | null {
  try {
    return isSame(statSync(name, {bigint: true}), statSync('.', {bigint: true}));
  } catch {
    return null;
  }
}
