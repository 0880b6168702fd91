import {mkdtempSync, renameSync, rmSync} from 'node:fs';
import {resolve} from 'node:path';
import type {ExecutionContext} from 'ava';

/** A directory for one test, with a short name: the path of a unix socket has little room. */
export function temporaryDirectory(t: Pick<ExecutionContext, 'teardown'>): string {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true, force: true}));
  return directory;
}

/**
 * Removes a directory in which ssd may put a file back at any moment. File by file, `rmSync` would meet that one and fail
 * with ENOTEMPTY.
 */
export function removeAtOnce(directory: string): void {
  const aside = `${resolve(directory)}.gone`;
  renameSync(directory, aside);
  rmSync(aside, {recursive: true});
}
