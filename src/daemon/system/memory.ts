/**
 * Gives memory back to the machine. An ssd is idle nearly always, but a restart makes garbage, and neither V8 nor malloc
 * returns what it holds unless it is told to. After 600 restarts an ssd that began with 49 MiB had 69.
 *
 * V8's flags are set here, not by options of node. With an option that changes them, node refuses the compiled code of its
 * own modules, and the start takes 6 ms longer.
 */
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {optionalFunction} from './posix.js';

/** mallopt(3). musl has neither it nor malloc_trim(3). */
const M_TRIM_THRESHOLD = -1;
const M_ARENA_MAX = -8;
const TRIM_THRESHOLD_BYTES = 64 * 1024;

/** How long after the last event. */
const REST_MS = 5000;

export type MemoryRest = {
  /** Something has happened. */
  readonly touch: () => void;
  readonly dispose: () => void;
};

/**
 * Makes malloc return the top of its heap early, and gives memory back once, some seconds after the last `touch`. So an
 * idle process is not woken up for it again. It takes about 10 ms, at a moment when there is nothing else to do.
 *
 * The caller has loaded all of ssd by now. From here on V8 does not use its optimizing compiler: no code of ssd is hot for
 * long, and that compiler's results take 7 of 55 MiB after 400 restarts. A flood of requests takes two to three times as
 * long, but only its sender waits for it. V8's young generation stays at its first size of 1 MiB instead of growing to 16,
 * which is 10 MiB less while restarts follow each other.
 */
export function restMemory(): MemoryRest {
  setFlagsFromString('--no-opt');
  setFlagsFromString('--semi-space-growth-factor=1');
  const mallopt = optionalFunction('int mallopt(int, int)');
  mallopt?.(M_ARENA_MAX, 1);
  mallopt?.(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
  const trim = optionalFunction('int malloc_trim(size_t)');
  const timer = setTimeout(() => {
    const gc = collector();
    // The second one frees what the first has only found to be garbage: code, and what finalizers held.
    gc();
    gc();
    trim?.(0);
  }, REST_MS).unref();
  return {touch: () => void timer.refresh(), dispose: () => clearTimeout(timer)};
}

/** V8 offers its collector only in a context that was made under this flag. The context is garbage afterwards. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
