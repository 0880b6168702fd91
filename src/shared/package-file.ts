/** Where a file of the package is. Its root is three folders up, both from dist/src/shared and from dist/bundle/lib. */
import {join} from 'node:path';

/** @example packageFile('package.json') */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '../../..', path);
}
