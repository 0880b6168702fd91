/**
 * Removes compiled files from `dist/src` and `dist/test` whose source is gone or has moved. `tsc` leaves them there,
 * and they would be run as tests and packed.
 */
import {existsSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';

const COMPILED = /(?:\.js|\.js\.map|\.d\.ts)$/;

for (const folder of ['src', 'test']) {
  const compiled = readdirSync(join('dist', folder), {recursive: true, encoding: 'utf8'});
  for (const file of compiled.filter(name => COMPILED.test(name))) {
    const sources = ['.ts', '.js'].map(extension => join(folder, file.replace(COMPILED, extension)));
    if (!sources.some(existsSync)) rmSync(join('dist', folder, file));
  }
}
