/** The status file: a line `generation:pid` for every worker that serves or finishes (start_server's format). */
import type {StatusLine} from '../core/types.js';
import {prepareReplacedFile} from './replaced-file.js';

export type StatusFile = {
  /** Replaces the file at once and whole. @returns null, or why it could not be written */
  readonly save: (lines: readonly StatusLine[]) => string | null;
  /** Removes the file if it is still the one that was written last. */
  readonly remove: () => void;
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
