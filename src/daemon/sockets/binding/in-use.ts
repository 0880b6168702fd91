/** `--bind-retry`: waits for an address that another process has, such as the server that ssd replaces. */
import {type FailureOf, type PortHolder, Refusal} from '../../../shared/words/errors.js';
import {now} from '../../system/clock.js';
import {StoppedAtStart} from '../../system/signals.js';

/** The kernel tells nobody when an address becomes free. */
const POLL_MS = 100;

export type InUse = FailureOf<'listen-failed'> | FailureOf<'path-in-use'>;

/** One for a whole start: all its listeners share the time. */
export type Patience = {
  /** Monotonic milliseconds. */
  readonly until: number;
  /** @throws {StoppedAtStart} at once when ssd is told to stop */
  readonly pause: (ms: number) => Promise<void>;
};

type Waiting = {
  readonly patience: Patience;
  /** Who has the address. It is asked only for what is told. */
  readonly findHolder?: () => PortHolder | null;
  /** Called once, when the waiting begins. */
  readonly onWait?: ((failure: InUse, ms: number) => void) | undefined;
};

/**
 * @param bind is called again as long as it refuses because the address is in use. What this ssd has itself is not waited for.
 * @throws the last refusal
 * @throws {StoppedAtStart}
 */
export async function bindPatiently<T>(bind: () => T, waiting: Waiting): Promise<T> {
  const {patience, findHolder = () => null, onWait = () => {}} = waiting;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return bind();
    } catch (error) {
      const failure = inUse(error);
      if (!failure) throw error;
      const leftMs = patience.until - now();
      if (isFirst || leftMs <= 0) {
        const told = failure.code === 'listen-failed' ? {...failure, holder: findHolder()} : failure;
        if (leftMs <= 0 || isOwn(told)) throw new Refusal(told);
        onWait(told, leftMs);
      }
      await patience.pause(Math.min(POLL_MS, leftMs));
    }
  }
}

function inUse(error: unknown): InUse | null {
  if (!(error instanceof Refusal)) return null;
  const {failure} = error;
  if (failure.code === 'path-in-use') return failure;
  return failure.code === 'listen-failed' && failure.cause === 'EADDRINUSE' ? failure : null;
}

function isOwn(failure: InUse): boolean {
  return failure.code === 'path-in-use' ? failure.pid === process.pid : failure.holder?.own === true;
}

/** @param stopAsked gets one listener for all pauses: each `Promise.race` would leave one behind */
export function createPatience(ms: number, stopAsked: Promise<void> = new Promise(() => {})): Patience {
  let isStopped = false;
  let wake = () => {};
  void stopAsked.then(() => {
    isStopped = true;
    wake();
  });
  const pause = async (pauseMs: number) => {
    if (!isStopped) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, pauseMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (isStopped) throw new StoppedAtStart();
  };
  return {until: now() + ms, pause};
}
