/**
 * The files of the page for people. They are read when they are asked for, so that `--http` costs no memory for them. Whoever
 * replaces the package gets its new page at once; the protocol between the two is the one of `ssctl`.
 */
import {readFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {packageFile} from '../../shared/package.js';

export type PageFile = {readonly type: string; readonly body: Buffer};

/** @returns null: there is no such file */
export type Page = (path: string) => Promise<PageFile | null>;

/** Where `scripts/bundle.mjs` lays them. */
const FOLDER = 'dist/bundle/lib/page';

/** Those who ask for a file while it is read share it: a flood of requests does not fill the memory with copies. */
export function createPage(): Page {
  const reading = new Map<string, Promise<PageFile | null>>();
  const begin = (name: string, type: string) => {
    const read = readPage(name, type).finally(() => reading.delete(name));
    reading.set(name, read);
    return read;
  };
  return async path => {
    const name = path === '/' ? '/index.html' : path;
    const type = FORM.test(name) ? TYPES[extname(name)] : undefined;
    return type === undefined ? null : (reading.get(name) ?? begin(name, type));
  };
}

async function readPage(name: string, type: string): Promise<PageFile | null> {
  try {
    return {type, body: await readFile(packageFile(FOLDER + name))};
  } catch {
    // There is none of that name, or the package has been removed.
    return null;
  }
}

/** Letters and one folder, so that no path leads out of the page. */
const FORM = /^\/(?:[a-z]{1,16}\/)?[a-z]{1,16}\.[a-z]{2,4}$/;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
