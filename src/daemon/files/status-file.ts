/** The status file: one line `generation:pid` for every worker that serves or finishes, as start_server writes it. */
import type {StatusLine} from '../core/types.js';
import {prepareReplacedFile, type ReplacedFile} from './replaced-file.js';

export type StatusFile = Pick<ReplacedFile, 'remove'> & {
  /** Does what `replace` of a {@link ReplacedFile} does. */
  readonly save: (lines: readonly StatusLine[]) => string | null;
};

/**
 * Checks that the file can be written, before any worker is started.
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
