/** Looks at many processes one by one: in slices, so that the event loop runs, and not without an end. */
import {createTurns} from './turns.js';

/** A busy machine can keep ssd from looking for a while. */
const LONGEST_MS = 3000;

export type Limits = {
  /** How many are found at most. */
  readonly most: number;
  /** How long to look, in milliseconds. */
  readonly longestMs?: number | undefined;
};

export type Searched<T> = {
  readonly found: readonly T[];
  /** Every process was looked at, before a limit was reached. */
  readonly isWhole: boolean;
};

/** @param look what is found of a process; null: nothing. It reads from /proc, and takes far less time than a slice. */
export async function searchProcesses<T>(
  pids: readonly number[],
  look: (pid: number) => T | null,
  {most, longestMs = LONGEST_MS}: Limits,
): Promise<Searched<T>> {
  const found: T[] = [];
  const pause = createTurns(longestMs);
  for (const pid of pids) {
    if (!(await pause()) || found.length >= most) return {found, isWhole: false};
    const one = look(pid);
    if (one !== null) found.push(one);
  }
  return {found, isWhole: true};
}
