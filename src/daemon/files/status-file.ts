/** The status file: a line `generation:pid` for every worker that serves or finishes (start_server's format). */
import type {StatusLine} from '../core/types.js';
import {prepareReplacedFile, type ReplacedFile} from './replaced-file.js';

export type StatusFile = Pick<ReplacedFile, 'remove'> & {
  /** As `replace` of a {@link ReplacedFile}. */
  readonly save: (lines: readonly StatusLine[]) => string | null;
};

/**
 * Makes sure that the file can be written, before any worker is started.
 *
 * @throws {Refusal} `file-unusable`
 */
export function prepareStatusFile(path: string): StatusFile {
  const file = prepareReplacedFile(path, 'status file');
  return {
    save: lines => file.replace(lines.map(({generation, pid}) => `${generation}:${pid}\n`).join('')),
    remove: file.remove,
  };
}
