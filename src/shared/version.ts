/** The package that this file belongs to. It is three folders up, both from dist/src/shared and from dist/bundle/lib. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

let known: string | null = null;

/** That of the code that runs: it is read once, since the package may be replaced under a running ssd. */
export function packageVersion(): string {
  known ??= readVersion();
  return known;
}

/** A file of the package. */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '../../..', path);
}

function readVersion(): string {
  const {version} = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {version: string};
  return version;
}
