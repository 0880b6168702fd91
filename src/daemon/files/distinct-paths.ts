/** Refuses options that name the same file, by whatever path: one of them would overwrite the file of the other. */
import {readlinkSync, realpathSync, statSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {Refusal} from '../../shared/words/errors.js';
import {MAX_LINKS} from '../system/place.js';

export type NamedPath = {readonly option: string; readonly path: string};

/** @throws {Refusal} `path-shared` for the first two that are one */
export function checkDistinct(paths: readonly NamedPath[]): void {
  const seen = new Map<string, string>();
  for (const {option, path} of paths) {
    for (const key of keysOf(path)) {
      const other = seen.get(key);
      if (other !== undefined) throw new Refusal({code: 'path-shared', options: [other, option], path});
    }
    for (const key of keysOf(path)) seen.set(key, option);
  }
}

/** The real place of a path, and the identity of the file there, if there is one: two names may be links to one file. */
function keysOf(path: string): readonly string[] {
  const place = placeOf(path, MAX_LINKS);
  const found = ifPossible(() => statSync(place, {bigint: true, throwIfNoEntry: false}));
  return found ? [place, `inode ${found.dev} ${found.ino}`] : [place];
}

/** Like realpath(3), but the file need not exist. */
function placeOf(path: string, links: number): string {
  const place = join(realDirectory(dirname(path)), basename(path));
  const target = links > 0 ? ifPossible(() => readlinkSync(place)) : undefined;
  if (target === undefined) return place;
  // Not `resolve`: it shortens a/../b to b, which is another place if a is a link.
  return placeOf(target.startsWith('/') ? target : `${dirname(place)}/${target}`, links - 1);
}

function realDirectory(path: string): string {
  return ifPossible(() => realpathSync(path)) ?? resolve(path);
}

function ifPossible<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // The path is missing, out of reach, or not a link. If that is a fault, making the file reports it.
    return undefined;
  }
}
