/** Tells the events of a request. A listener that fails is a failure of that request, and not of the program. */
import {defer} from '../../shared/deferred.js';

export type Listener = {
  readonly tell: (event: unknown) => void;
  /** Rejects with what the listener has thrown. It does not resolve. */
  readonly failed: Promise<never>;
  /** The request has ended: nothing is told any more. */
  readonly end: () => void;
};

/** @param onEvent may be async, although nothing waits for it */
export function listen(onEvent: (event: unknown) => unknown): Listener {
  const failed = defer<never>();
  failed.promise.catch(() => {});
  let state: 'listening' | 'failed' | 'ended' = 'listening';
  const hasEnded = () => state === 'ended';
  const tell = async (event: unknown) => {
    if (state !== 'listening') return;
    try {
      await onEvent(event);
    } catch (error) {
      // When the request has ended, nobody but Node can hear of it, as of any promise that nobody waits for.
      if (hasEnded()) throw error;
      state = 'failed';
      failed.reject(error as Error);
    }
  };
  return {
    tell: event => void tell(event),
    failed: failed.promise,
    end: () => {
      // The first failure is told; one that comes later is no other.
      if (state === 'listening') state = 'ended';
    },
  };
}
