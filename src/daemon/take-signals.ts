/** What the signals to ssd mean. */
import type {Config} from './config/config.js';
import type {Log} from './log/log.js';
import type {Loop} from './loop.js';
import {now} from './system/clock.js';
import type {SignalHandlers, Signals} from './system/signals.js';
import type {Upgrade} from './upgrade/upgrade.js';

const RESTART = {
  type: 'restart',
  by: 'signal',
  asker: null,
  release: {type: 'link'},
  bakeMs: null,
  order: null,
} as const;

export type SignalParts = {readonly config: Config; readonly signals: Signals; readonly log: Log};

/** Takes them from now on, beginning with those that have come. */
export function takeSignals({config, signals, log}: SignalParts, loop: Loop, reexec: Upgrade): void {
  const handlers: SignalHandlers = {
    onRestart: () => loop.submit({...RESTART, now: now()}),
    onStop: signal => loop.submit({type: 'stop', now: now(), signal, token: null, killAfterMs: null}),
    onReplace: () => void reexec(null, null),
    onForward: signal => loop.submit({type: 'forward', now: now(), signal}),
    onIgnored: signal => log({type: 'signal-ignored', signal}),
  };
  signals.deliverTo(handlers, config.forward);
}
