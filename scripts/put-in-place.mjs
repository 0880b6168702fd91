/**
 * Replaces the files of a folder by those of another, one by one and each by rename(2): a program can be started at any
 * moment meanwhile. A file that would not change stays as it is, with its modification time.
 *
 * The folder is built anew under programs that run: `npx ssctl` in a checkout has npm run `prepare`.
 *
 * @param {string} from a folder on the same file system
 * @param {string} to it has the same files afterwards, and no others
 * @returns {boolean} whether anything changed
 */
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';

export function putInPlace(from, to) {
  const files = filesIn(from);
  const changed = files.filter(file => !isSame(join(from, file), join(to, file)));
  for (const file of changed) {
    mkdirSync(dirname(join(to, file)), {recursive: true});
    renameSync(join(from, file), join(to, file));
  }
  const former = filesIn(to).filter(file => !files.includes(file));
  for (const file of former) rmSync(join(to, file));
  return changed.length + former.length > 0;
}

function filesIn(folder) {
  mkdirSync(folder, {recursive: true});
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'});
  return names.filter(name => statSync(join(folder, name)).isFile());
}

function isSame(one, other) {
  try {
    return statSync(one).mode === statSync(other).mode && readFileSync(one).equals(readFileSync(other));
  } catch {
    // There is no such file yet.
    return false;
  }
}
