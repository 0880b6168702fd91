/** The settings of ssd without options: the world that simulations vary, and what tests take that do not care. */
import type {Settings} from '../../../src/daemon/core/types.js';

/** Everything is as with start_server. */
export const DEFAULT_SETTINGS: Settings = {
  intervalMs: 1000,
  maxIntervalMs: null,
  maxAttempts: null,
  readiness: {by: 'interval'},
  signalOnHup: {signal: 'TERM', further: [], killAfterMs: null},
  signalOnTerm: {signal: 'TERM', further: [], killAfterMs: null},
  stopTimeoutMs: null,
  maxRetiring: null,
  rolling: null,
  maxMemory: null,
  pinned: false,
  bakeMs: 0,
  check: null,
  order: 'overlap',
};
