/** The version in package.json. */
import {readFileSync} from 'node:fs';
import {packageFile} from './package-file.js';

let known: string | null = null;

/** That of the code that runs: it is read once, since the package may be replaced under a running ssd. */
export function packageVersion(): string {
  known ??= readVersion();
  return known;
}

function readVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  const {version} = JSON.parse(text) as {version: string};
  return version;
}
