/** The directory of a release (`--release`): what a link says now, and whether workers can start there. */
import {accessSync, constants, readlinkSync, realpathSync, statSync} from 'node:fs';
import {isAbsolute} from 'node:path';
import {causeOf, type FailureOf, Refusal} from '../../../shared/words/errors.js';
import type {Config} from '../../config/config.js';
import type {Identity} from '../../files/own-path.js';

export type Unusable = FailureOf<'release-unusable'>;

/** @returns the real directory, which stays the same when the link is switched, or why there is none */
export function resolveRelease(path: string): {readonly release: string} | Unusable {
  try {
    const release = realpathSync.native(path);
    const cause = unusable(release);
    return cause === null ? {release} : failure(path, cause);
  } catch (error) {
    return failure(path, causeOf(error));
  }
}

/** @throws {Refusal} `release-unusable` */
function demandRelease(path: string | null): string | null {
  if (path === null) return null;
  const found = resolveRelease(path);
  if ('code' in found) throw new Refusal(found);
  return found.release;
}

/**
 * Where workers would start now; null: where ssd itself runs.
 *
 * @throws {Refusal} `release-unusable`
 */
export function startDirectory({release, directory}: Pick<Config, 'release' | 'directory'>): string | null {
  return workingDirectory(demandRelease(release), directory);
}

/** Why workers cannot start in a directory that was resolved before: an errno name, or null. */
export function unusable(release: string): string | null {
  try {
    // First what it is: a file without the right to execute it is still no directory.
    if (!statSync(release).isDirectory()) return 'ENOTDIR';
    accessSync(release, constants.X_OK);
    return null;
  } catch (error) {
    return causeOf(error);
  }
}

/** What tells this directory from another one that gets its name; null: that cannot be found out. */
export function identityOf(release: string): Identity | null {
  try {
    const {dev, ino} = statSync(release, {bigint: true});
    return {dev, ino};
  } catch {
    // It was removed just now. A spawn will say so.
    return null;
  }
}

/** Where a worker runs: `--dir` is relative to the release. null: where ssd itself runs. */
export function workingDirectory(release: string | null, directory: string | null): string | null {
  if (release === null || directory === null) return directory ?? release;
  return isAbsolute(directory) ? directory : `${release}/${directory}`;
}

function failure(path: string, cause: string): Unusable {
  return {code: 'release-unusable', path, target: targetOf(path), cause};
}

/** What a link says; null if it is none. */
function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // EINVAL: the path is not a link. With any other error, the cause of the refusal says what is wrong.
    return null;
  }
}
