/** How the run of ssd ends: because it was told to stop, or because it cannot do its work. */
import {defer} from '../shared/deferred.js';
import {Refusal} from '../shared/words/errors.js';
import type {World} from './effects.js';

export type Ended = {
  /** The requests to stop. */
  readonly tokens: readonly string[];
  /** The workers that cannot be killed. */
  readonly left: readonly number[];
  /** Why ssd stopped without a request, or null. */
  readonly refusal: Refusal | null;
};

export type Ending = Pick<World, 'onRefused' | 'onGivenUp' | 'onStopped'> & {readonly ended: Promise<Ended>};

export function createEnding(program: string): Ending {
  const ended = defer<Ended>();
  let refusal: Refusal | null = null;
  return {
    ended: ended.promise,
    onRefused: (cause, why) => {
      refusal = new Refusal({code: 'exec-failed', program, cause, why});
    },
    onGivenUp: failed => {
      refusal = new Refusal({code: 'gave-up', ...failed});
    },
    onStopped: (tokens, left) => ended.resolve({tokens, left, refusal}),
  };
}
