/** Finds the program to execute as execvp(3) does, with the PATH that the worker will have. */
import {accessSync, constants, statSync} from 'node:fs';
import type {Env} from '../../shared/instance-paths.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';

export type Found = {readonly path: string} | {readonly cause: string};

const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';

/**
 * @param workingDirectory what relative names start from: the worker's, null for ssd's own
 * @returns the path to execute in the working directory, or the errno name of why there is none: ENOENT, EACCES,
 *   EISDIR. A relative path stays one: where a directory was renamed and another put in its place, as a deploy does,
 *   the worker's directory and its program are of the same one, as under start_server.
 */
export function findProgram(program: string, env: Env, workingDirectory: string | null): Found {
  const directory = workingDirectory ?? '.';
  if (program.includes('/')) return check(directory, program);
  let denied: Found | null = null;
  for (const entry of (env.PATH ?? DEFAULT_PATH).split(':')) {
    const found = check(directory, `${entry || '.'}/${program}`);
    if ('path' in found) return found;
    if (found.cause !== 'ENOENT') denied ??= found;
  }
  return denied ?? {cause: 'ENOENT'};
}

/**
 * Refuses a program or directory that would fail at every spawn, before ssd creates anything.
 *
 * @param directory the worker's working directory; null: ssd's own
 * @throws {Refusal} `directory-unusable`, `program-not-found`, `program-not-executable`
 */
export function checkProgram(program: string, env: Env, directory: string | null): void {
  if (directory !== null) checkDirectory(directory);
  const found = findProgram(program, env, directory);
  if ('path' in found) return;
  if (found.cause === 'ENOENT') throw new Refusal({code: 'program-not-found', program});
  throw new Refusal({code: 'program-not-executable', program, cause: found.cause});
}

function checkDirectory(path: string): void {
  try {
    accessSync(path, constants.X_OK);
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(), {code: 'ENOTDIR'});
  } catch (error) {
    throw new Refusal({code: 'directory-unusable', path, cause: causeOf(error)});
  }
}

/** Not `resolve`: it turns a/../b into b, which is another place if a is a symbolic link. */
function under(directory: string, path: string): string {
  return path.startsWith('/') ? path : `${directory}/${path}`;
}

function check(directory: string, path: string): Found {
  const seen = under(directory, path);
  try {
    if (statSync(seen).isDirectory()) return {cause: 'EISDIR'};
    accessSync(seen, constants.X_OK);
    return {path};
  } catch (error) {
    const cause = causeOf(error);
    return {cause: cause === 'ENOTDIR' ? 'ENOENT' : cause};
  }
}
