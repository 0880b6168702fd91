/** The status file: one line `generation:pid` for every worker that serves or finishes, as start_server writes it. */
import type {StatusLine} from '../core/types.js';
import {prepareReplacedFile, type ReplacedFile} from './replaced-file.js';

export type StatusFile = Pick<ReplacedFile, 'remove'> & {
  /** As `isThere` of a {@link ReplacedFile}. */
  readonly isThere: () => boolean;
  /** Writes the last lines again. */
  readonly saveAgain: () => string | null;
  /** As `replace` of a {@link ReplacedFile}. */
  readonly save: (lines: readonly StatusLine[]) => string | null;
};

/**
 * Checks that the file can be written, before any worker is started.
 *
 * @throws {Refusal} `file-unusable`
 */
export function prepareStatusFile(path: string): StatusFile {
  const file = prepareReplacedFile(path, 'status file');
  let last = '';
  return {
    save: lines => {
      last = lines.map(({generation, pid}) => `${generation}:${pid}\n`).join('');
      return file.replace(last);
    },
    saveAgain: () => file.replace(last),
    isThere: file.isThere,
    remove: file.remove,
  };
}
