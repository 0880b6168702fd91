/** Finds the program to execute as execvp(3) does, with the PATH that the worker will have. */
import {accessSync, constants, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {causeOf} from '../../shared/errors.js';
import type {Env} from '../../shared/instance-paths.js';

export type Found = {readonly path: string} | {readonly cause: string};

const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';

/**
 * @param directory what relative names start from: the worker's working directory
 * @returns an absolute path, or the errno name of why there is none: ENOENT, EACCES, EISDIR
 */
export function findProgram(program: string, env: Env, directory: string): Found {
  if (program.includes('/')) return check(resolve(directory, program));
  let denied: Found | null = null;
  for (const entry of (env.PATH ?? DEFAULT_PATH).split(':')) {
    const found = check(join(resolve(directory, entry), program));
    if ('path' in found) return found;
    if (found.cause !== 'ENOENT') denied ??= found;
  }
  return denied ?? {cause: 'ENOENT'};
}

function check(path: string): Found {
  try {
    if (statSync(path).isDirectory()) return {cause: 'EISDIR'};
    accessSync(path, constants.X_OK);
    return {path};
  } catch (error) {
    const cause = causeOf(error);
    return {cause: cause === 'ENOTDIR' ? 'ENOENT' : cause};
  }
}
