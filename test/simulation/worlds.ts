/** The small worlds in which every sequence is tried. */
import type {Options} from './world/options.js';

export const WORLDS: Readonly<Record<string, Partial<Options>>> = {
  'ready by interval': {},
  'ready by signal, with time limits': {readiness: {by: 'signal', timeoutMs: 3000}, stopTimeoutMs: 2000},
  'ready by signal, with kill-old-delay': {readiness: {by: 'signal', timeoutMs: null}, killOldDelayMs: 1000},
  'at most one old generation, pauses that grow': {intervalMs: 0, maxIntervalMs: 3000, maxRetiring: 1},
  'ssd gives up after two attempts': {maxAttempts: 2, killOldDelayMs: 1000},
  'signals in turn': {
    intervalMs: 0,
    signalOnHup: {signal: 'HUP', further: [{signal: 'USR1', afterMs: 1000}], killAfterMs: 3000},
  },
  rolling: {rolling: 1, readiness: {by: 'signal', timeoutMs: null}},
};
