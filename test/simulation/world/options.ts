/** The options of a simulation: the settings of ssd, and the fates of its workers. */
import type {remainsOf} from '../../../src/daemon/core/adoption/leave.js';
import type {reviveModel} from '../../../src/daemon/core/handover/revive.js';
import type {createModel} from '../../../src/daemon/core/model.js';
import type {step} from '../../../src/daemon/core/supervisor.js';
import type {Settings, SignalSequence, Tunables} from '../../../src/daemon/core/types.js';
import type {CheckFate} from './checks.js';
import type {Fate} from './fate.js';
import {DEFAULT_SETTINGS} from './settings.js';

export type Options = Settings &
  Tunables & {
    readonly workers: number;
    readonly fates: readonly Fate[];
    readonly checks: readonly CheckFate[];
  };

/** The simulated core: the real one, or one with a fault. */
export type Core = {
  readonly createModel: typeof createModel;
  readonly step: typeof step;
  readonly remainsOf: typeof remainsOf;
  readonly reviveModel: typeof reviveModel;
};

/** A signal without others after it. */
export function only(signal: string): SignalSequence {
  return {signal, further: [], killAfterMs: null};
}

export const DEFAULTS: Options = {
  workers: 1,
  ...DEFAULT_SETTINGS,
  signalOnHup: only('HUP'),
  signalOnTerm: only('QUIT'),
  killOldDelayMs: 0,
  autoRestartMs: null,
  fates: [],
  checks: [],
};
