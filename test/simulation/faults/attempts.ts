/** Faults in how ssd counts attempts and crash loops. */
import type {Fault} from './fault.js';

export const ATTEMPT_FAULTS: Readonly<Record<string, Fault>> = {
  'an attempt is not charged': {
    file: 'restart.js',
    from: 'waiter.attemptsLeft - 1',
    to: 'waiter.attemptsLeft',
  },
  'a generation that is lost late counts as part of a crash loop': {
    file: 'feed.js',
    from: 'now - readyAt < SETTLED_MS',
    to: 'true',
  },
  'ssd gives up too early': {
    file: 'restart.js',
    from: 'attempts < maxAttempts',
    to: 'attempts < maxAttempts - 1',
  },
  'ssd gives up too late': {
    file: 'restart.js',
    from: 'attempts < maxAttempts',
    to: 'attempts <= maxAttempts',
  },
  'ssd gives up while an older generation serves': {
    file: 'release/recovery.js',
    from: 'restart !== null || servingOf(after).length > 0',
    to: 'restart !== null',
    isRare: true,
  },
  'ssd gives up though a client has attempts left': {
    file: 'release/recovery.js',
    from: 'restart !== null || servingOf(after).length > 0',
    to: 'servingOf(after).length > 0',
  },
  'SIGHUP has no attempts of its own': {
    file: 'ask.js',
    from: 'tries: more.endless ? more.tries : running.tries',
    to: 'tries: running.tries',
  },
  'a crash loop that is over comes back': {
    file: 'supervisor.js',
    from: 'withoutSettledLoop(model, input.now)',
    to: 'model',
  },
};
