/**
 * Gives memory back to the machine. An ssd is idle nearly always, but a restart makes garbage, and neither V8 nor malloc
 * returns what it holds unless it is told to: after 600 restarts an ssd had 69 MiB where it began with 49.
 *
 * V8 is told here, and not by options of node: with any option that changes its flags V8 refuses the compiled code of
 * Node's own modules, and the start takes 6 ms longer.
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
 * Has malloc return the top of its heap early, and gives memory back some seconds after the last `touch`, once. An idle
 * process is not woken up for it again. It takes some 10 ms, at a moment at which nothing is to be done.
 *
 * It is called when all of ssd is loaded. From then on V8 leaves its optimizing compiler alone: no code of ssd's is hot for
 * long, and what that compiler makes and learns takes 7 of 55 MiB after 400 restarts. A flood of requests takes two to three
 * times as long, which is its sender's concern. V8's young generation stays at the 1 MiB with which it begins, instead of
 * up to 16: that is 10 MiB while restarts follow each other.
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

/** V8 offers its collector only in a context that is made under this flag. The context is garbage afterwards. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
