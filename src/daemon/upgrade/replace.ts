/** Replaces this image of ssd by another program, under the same pid. */
import {causeOf} from '../../shared/words/errors.js';
import {closeQuietly} from '../system/close-quietly.js';
import {clearCloseOnExec, setCloseOnExec} from '../system/posix.js';
import {execute} from '../system/posix-process.js';
import {createMemoryFile} from '../system/processes/memory-file.js';
import {HANDOVER_VARIABLE} from './handover.js';

export type Replacement = {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The handover. */
  readonly text: string;
  /** The descriptors that the next image gets, at their numbers. */
  readonly fds: readonly number[];
};

/** Node marks them close-on-exec when it starts. */
const STANDARD = [0, 1, 2];

/**
 * Returns only if it fails. Then every descriptor is as it was, and nothing has happened.
 *
 * @returns the errno name
 */
export function replaceProcess({command, env, text, fds}: Replacement): string {
  let memory = -1;
  const marked: number[] = [];
  try {
    memory = createMemoryFile('ssd-handover', text);
    for (const fd of [...STANDARD, memory, ...fds]) if (clearCloseOnExec(fd)) marked.push(fd);
    execute(command[0], command, {...env, [HANDOVER_VARIABLE]: String(memory)});
  } catch (error) {
    for (const fd of marked) setCloseOnExec(fd);
    if (memory !== -1) closeQuietly(memory);
    return causeOf(error);
  }
}
