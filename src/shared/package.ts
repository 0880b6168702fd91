/** The package that this code is a part of: its version, and where its files are. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

let known: string | null = null;

/** That of the code that runs: it is read once, since the package may be replaced under a running ssd. */
export function packageVersion(): string {
  known ??= readVersion();
  return known;
}

/**
 * The root is three folders up, both from dist/src/shared and from dist/bundle/lib.
 *
 * @example packageFile('package.json')
 */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '../../..', path);
}

function readVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  const {version} = JSON.parse(text) as {version: string};
  return version;
}
