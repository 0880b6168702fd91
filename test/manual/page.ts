/** What the documents print, taken from their sources. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const root = new URL('../../../', import.meta.url);

/** One section of a page, as it is in the source. */
export function text(page: string, section: string): string {
  const source = readFileSync(new URL(`man/${page}`, root), 'utf8');
  return source.split(`\n.Sh ${section}\n`)[1]?.split(/^\.Sh /m)[0] ?? '';
}

export function sections(page: string): string[] {
  const source = readFileSync(new URL(`man/${page}`, root), 'utf8');
  return [...source.matchAll(/^\.Sh (.*)$/gm)].map(([, section = '']) => section);
}

/** The displays of one section of a page (`.Bd -literal` to `.Ed`), each as a reader sees it. */
export function displays(page: string, section: string, {orNone = false} = {}): string[] {
  const found = [...text(page, section).matchAll(/^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/gms)];
  if (found.length === 0 && !orNone) throw new Error(`${page} prints nothing under ${section}`);
  return found.map(([, display = '']) => readable(display));
}

/** The one display of a section that has a text in it. */
export function display(page: string, section: string, contains: string): string {
  const found = displays(page, section).filter(printed => printed.includes(contains));
  if (found.length !== 1)
    throw new Error(`${page} has ${contains} in ${found.length} displays of ${section}`);
  return found[0] ?? '';
}

/** The blocks of code of a document in Markdown, without their fences. */
export function blocks(document: string): string[] {
  const source = readFileSync(new URL(document, root), 'utf8');
  return [...source.matchAll(/^ *```\w*\n(.*?)^ *```$/gms)].map(([, block = '']) => block);
}

export const inRoot = (path: string): string => fileURLToPath(new URL(path, root));

function readable(display: string): string {
  const escapes: Record<string, string> = {'\\e': '\\', '\\(aq': "'", '\\(ti': '~', '\\-': '-', '\\&': ''};
  return display.replaceAll(/\\e|\\\(aq|\\\(ti|\\-|\\&/g, code => escapes[code] ?? code);
}
