/**
 * Notices that the directory in which ssd was started is another one by now, under the name by which the shell called it. A
 * deploy does that when it switches the symbolic link `current`. Workers inherit the directory itself, so a restart would
 * start the old release once more, and succeed.
 */
import {statSync} from 'node:fs';
import {isSame} from '../files/own-path.js';
import type {Problems} from '../problems/problems.js';

const code = 'start-directory';

/**
 * The name that has led to the start directory; null: there is none to be watched.
 *
 * @param name the value of PWD, by which a shell tells the name
 */
export function nameOfStart(name: string | undefined): string | null {
  return name !== undefined && leadsHere(name) === true ? name : null;
}

/** @returns a function to be called whenever workers are spawned */
export function watchStartDirectory(
  name: string | null,
  {raise, solve}: Pick<Problems, 'raise' | 'solve'>,
): () => void {
  if (name === null) return () => {};
  return () => {
    const leads = leadsHere(name);
    // A name that is gone misleads nobody: there is no other release under it.
    if (leads === false) raise({code, subject: name, cause: process.cwd()});
    else if (leads) solve(code, name);
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
