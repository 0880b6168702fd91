/** The version in package.json. That file is three folders up, both from dist/src/shared and from dist/bundle/lib. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

export function packageVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8');
  const {version} = JSON.parse(text) as {version: string};
  return version;
}
