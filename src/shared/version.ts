/** The version of the package, as package.json has it: three folders above, from dist/src/shared and from dist/bundle/bin. */
import {readFileSync} from 'node:fs';

export function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const {version} = JSON.parse(text) as {version: string};
  return version;
}
