/** The files of the page for people. */

export type PageFile = {readonly type: string; readonly body: string | Buffer};

/** @returns null: there is no such file */
export function pageFile(_path: string): PageFile | null {
  return null;
}
