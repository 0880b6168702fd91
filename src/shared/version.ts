/** The version in package.json. That file is three folders up, both from dist/src/shared and from dist/bundle/lib. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

let known: string | null = null;

/** That of the code that runs: it is read once, since the package may be replaced under a running ssd. */
export function packageVersion(): string {
  known ??= readVersion();
  return known;
}

function readVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8');
  const {version} = JSON.parse(text) as {version: string};
  return version;
}
