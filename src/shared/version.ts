/** The version of the package, as package.json beside the installed files has it. */
import {readFileSync} from 'node:fs';

export function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const {version} = JSON.parse(text) as {version: string};
  return version;
}
