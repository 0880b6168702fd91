/** Puts the control socket and its directory back after somebody removed them. */
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import {guardPath, makeDirectoryOf} from '../files/guard-path.js';
import {isOwnPath} from '../files/own-path.js';
import {bindControl, type ControlWish} from './control-place.js';
import type {BoundPath} from './unix-socket.js';

export type GuardContext = {
  readonly bound: BoundPath;
  readonly wish: ControlWish;
  /** Called when the socket is there again. No client can reach the former descriptor. */
  readonly onBound: (bound: BoundPath) => void;
  /** Called when the socket is there after all, as it was. */
  readonly onThere: () => void;
  /** Called once when the socket cannot be made again. The guard tries again later. */
  readonly onFailed: (failure: Failure) => void;
};

/** @returns a function that ends the guard */
export function guardControl({bound: first, wish, onBound, onThere, onFailed}: GuardContext): () => void {
  let bound = first;
  const guard = guardPath<Failure>({
    path: () => bound.path,
    isThere: () => isOwnPath(bound.path, bound.identity),
    putBack: () => {
      const next = bindAgain(wish);
      if (!('identity' in next)) return next;
      bound = next;
      return null;
    },
    onBack: () => onBound(bound),
    onThere,
    onFailed,
  });
  return guard.dispose;
}

function bindAgain(wish: ControlWish): BoundPath | Failure {
  try {
    // The directory was there when ssd started. `bindControl` makes and checks the default one by itself.
    if (wish.control !== null) makeDirectoryOf(wish.control, 0o700);
    return bindControl(wish);
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    return {code: 'control-unusable', path: wish.control ?? 'the default place', problem: causeOf(error)};
  }
}
