/**
 * Listeners that were bound anew while workers run. Those workers keep the former socket, which is a problem until a
 * generation that was spawned later is ready.
 */
import type {ProblemCode} from '../../shared/protocol/problem.js';
import type {Problems} from '../problems/problems.js';

export type StaleSockets = {
  /** Workers of this generation are about to be spawned. */
  readonly onSpawn: (generation: number) => void;
  /** A listener was bound anew just now. */
  readonly add: (problem: {
    readonly code: ProblemCode;
    readonly subject: string;
    readonly cause: string;
  }) => void;
  readonly onReady: (generation: number) => void;
  readonly state: () => StaleState;
};

type Stale = {readonly code: ProblemCode; readonly subject: string; readonly upTo: number};

/** A contract: later versions of ssd read it. */
export type StaleState = {readonly newest: number; readonly sockets: readonly Stale[]};

/** @param revived what a former image of ssd has handed over */
export function createStaleSockets(
  {raise, solve}: Pick<Problems, 'raise' | 'solve'>,
  revived: StaleState | null = null,
): StaleSockets {
  let newest = revived?.newest ?? 0;
  const stale = new Map<string, Stale>(revived?.sockets.map(one => [`${one.code} ${one.subject}`, one]));
  return {
    onSpawn: generation => {
      newest = Math.max(newest, generation);
    },
    add: ({code, subject, cause}) => {
      stale.set(`${code} ${subject}`, {code, subject, upTo: newest});
      const who = `the workers of generation ${newest} and before have the former socket until a restart`;
      raise({code, subject, cause: newest === 0 ? cause : `${cause}; ${who}`});
    },
    onReady: generation => {
      for (const [key, {code, subject, upTo}] of stale) {
        if (generation <= upTo) continue;
        stale.delete(key);
        solve(code, subject);
      }
    },
    state: () => ({newest, sockets: [...stale.values()]}),
  };
}
