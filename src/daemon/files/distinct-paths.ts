/** Options that name the same file, by whatever way: one would overwrite what the other is for. */
import {readlinkSync, realpathSync, statSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {Refusal} from '../../shared/words/errors.js';

export type NamedPath = {readonly option: string; readonly path: string};

/** As many as the kernel follows. */
const MAX_LINKS = 40;

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

/** Where it is in fact, and which file that is if it is there: two names may be links to one file. */
function keysOf(path: string): readonly string[] {
  const place = placeOf(path, MAX_LINKS);
  const found = attempt(() => statSync(place, {bigint: true, throwIfNoEntry: false}));
  return found ? [place, `inode ${found.dev} ${found.ino}`] : [place];
}

/** As realpath(3), for a file that need not be there. */
function placeOf(path: string, links: number): string {
  const place = join(realDirectory(dirname(path)), basename(path));
  const target = links > 0 ? attempt(() => readlinkSync(place)) : undefined;
  if (target === undefined) return place;
  // Not `resolve`: it takes a/../b for b, which is another place where a is a link.
  return placeOf(target.startsWith('/') ? target : `${dirname(place)}/${target}`, links - 1);
}

function realDirectory(path: string): string {
  return attempt(() => realpathSync(path)) ?? resolve(path);
}

/** What is missing, out of reach or no link is told by what makes the file, if it matters. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
