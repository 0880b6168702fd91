import {mkdtempSync, rmSync} from 'node:fs';
import type {ExecutionContext} from 'ava';

/** A directory for one test, with a short name: the path of a unix socket has little room. */
export function temporaryDirectory(t: Pick<ExecutionContext, 'teardown'>): string {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true, force: true}));
  return directory;
}
