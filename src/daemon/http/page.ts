/**
 * The files of the page for people. They are read when they are asked for, so that `--http` costs no memory for them. Whoever
 * replaces the package gets its new page at once; the protocol between the two is the one of `ssctl`.
 */
import {readFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {packageFile} from '../../shared/package-file.js';

export type PageFile = {readonly type: string; readonly body: Buffer};

/** As they lie in the source. */
const PLAIN = 'src/daemon/http/page';
/** What `scripts/bundle.mjs` makes of the sentences of ssctl. */
const COMMON = 'dist/bundle/page/common.js';

/** @returns null: there is no such file */
export async function pageFile(path: string): Promise<PageFile | null> {
  const name = path === '/' ? '/index.html' : path;
  const type = FORM.test(name) ? TYPES[extname(name)] : undefined;
  if (!type) return null;
  try {
    return {type, body: await readFile(packageFile(name === '/common.js' ? COMMON : PLAIN + name))};
  } catch {
    // There is none of that name, or the package has been removed.
    return null;
  }
}

/** Letters and one folder, so that no path leads out of the page. */
const FORM = /^\/(?:[a-z]+\/)?[a-z]+\.[a-z]+$/;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
