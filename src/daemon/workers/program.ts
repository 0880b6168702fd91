/** Finds the program to execute as execvp(3) does, with the PATH that the worker will have. */
import {accessSync, constants, statSync} from 'node:fs';
import type {Env} from '../../shared/instance-paths.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';

export type Found = {readonly path: string} | {readonly cause: string};

const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';

/**
 * @param workingDirectory the worker's working directory, where relative names start; null: ssd's own
 * @returns an absolute path, or the errno name of the failure: `ENOENT`, `EACCES`, `EISDIR`
 */
export function findProgram(program: string, env: Env, workingDirectory: string | null): Found {
  const here = process.cwd();
  const directory = workingDirectory === null ? here : under(here, workingDirectory);
  if (program.includes('/')) return check(under(directory, program));
  let denied: Found | null = null;
  for (const entry of (env.PATH ?? DEFAULT_PATH).split(':')) {
    const found = check(`${under(directory, entry)}/${program}`);
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
