/** Finds the program to execute as execvp(3) does, with the PATH that the worker will have. */
import {accessSync, constants, statSync} from 'node:fs';
import type {Env} from '../../shared/instance-paths.js';
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import {foreignness, type Place, unfitness, within} from './executable.js';
import {SHELL} from './passing/by-shell.js';

export type Found = {readonly path: string} | {readonly cause: string};

const DEFAULT_PATH = '/usr/local/bin:/bin:/usr/bin';

/**
 * @param directory the working directory of the worker, from which relative names start; null: ssd's own
 * @returns the path to execute in the working directory, or the errno name of why there is none: ENOENT, EACCES,
 *   EISDIR. A relative path stays relative. So when a deploy exchanges the directory, a worker's directory and its program
 *   still belong together, as under start_server.
 */
export function findProgram(program: string, env: Env, directory: string | null): Found {
  if (program.includes('/')) return check({path: program, directory});
  let denied: Found | null = null;
  for (const entry of (env.PATH ?? DEFAULT_PATH).split(':')) {
    const found = check({path: `${entry || '.'}/${program}`, directory});
    if ('path' in found) return found;
    if (found.cause !== 'ENOENT') denied ??= found;
  }
  return denied ?? {cause: 'ENOENT'};
}

/**
 * Refuses what would fail at every spawn: the program, and the shell that `--listen-fds` needs.
 *
 * @throws {Refusal} as `checkProgram`
 */
export function checkPrograms(
  {program: [program], directory, listenFds}: Pick<Config, 'program' | 'directory' | 'listenFds'>,
  env: Env,
): void {
  checkProgram(program, env, directory);
  if (listenFds) checkProgram(SHELL, env, null);
}

/**
 * Refuses a program or directory that would fail at every spawn, before ssd creates anything.
 *
 * @param directory the worker's working directory; null: ssd's own
 * @throws {Refusal} `directory-unusable`, `program-not-found`, `program-not-executable`, `program-unfit`
 */
export function checkProgram(program: string, env: Env, directory: string | null): void {
  const found = findProgram(program, env, directory);
  const failure = whyNot(program, found, directory);
  if (failure) throw new Refusal(failure);
}

/**
 * Why a program cannot be executed: what is wrong with the working directory, with its place, or with the file. The errno of
 * execve(2) names none of them.
 *
 * @param errno what execve(2) said, if it was tried
 */
export function whyNot(
  program: string,
  found: Found,
  directory: string | null,
  errno: string | null = null,
): Failure | null {
  const cause = directory === null ? null : unusableDirectory(directory);
  if (directory !== null && cause !== null) return {code: 'directory-unusable', path: directory, cause};
  if ('cause' in found) {
    if (found.cause === 'ENOENT') return {code: 'program-not-found', program, ...isHere(program, directory)};
    return {code: 'program-not-executable', program, cause: found.cause};
  }
  const place = {path: found.path, directory};
  const unfit = errno === 'ENOEXEC' ? foreignness(place) : unfitness(place);
  return unfit && {code: 'program-unfit', program, unfit};
}

/** Without a slash, a name is looked for only in PATH. */
function isHere(program: string, directory: string | null): {readonly here?: true} {
  const stats = statSync(within({path: program, directory}), {throwIfNoEntry: false});
  return !program.includes('/') && stats?.isFile() ? {here: true} : {};
}

/** The errno name of why no program can be started in a directory, or null. */
function unusableDirectory(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isDirectory() ? null : 'ENOTDIR';
  } catch (error) {
    return causeOf(error);
  }
}

function check(place: Place): Found {
  const seen = within(place);
  try {
    if (statSync(seen).isDirectory()) return {cause: 'EISDIR'};
    accessSync(seen, constants.X_OK);
    return {path: place.path};
  } catch (error) {
    const cause = causeOf(error);
    return {cause: cause === 'ENOTDIR' ? 'ENOENT' : cause};
  }
}
