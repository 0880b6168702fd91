/** Puts standard output and standard error somewhere else, until it is known whether ssd comes up. */
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';

export type Redirection = {
  /** Puts standard output and standard error back where they were. */
  readonly restore: () => void;
  /** Closes what is kept of the former ones. */
  readonly commit: () => void;
};

export function putOutputsOn(fd: number): Redirection {
  const former = [1, 2].map(output => ({output, kept: posix.duplicateAbove(output, 3)}));
  for (const {output} of former) posix.duplicateOnto(fd, output);
  let open = true;
  const commit = () => {
    if (open) for (const {kept} of former) closeQuietly(kept);
    open = false;
  };
  const restore = () => {
    if (open) for (const {output, kept} of former) posix.duplicateOnto(kept, output);
    commit();
  };
  return {restore, commit};
}
