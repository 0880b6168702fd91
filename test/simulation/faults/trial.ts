/** Faults in what the core does for `--bake`. */
import type {Fault} from './fault.js';

export const TRIAL_FAULTS: Readonly<Record<string, Fault>> = {
  'the old generation is told while its successor is on trial': {
    file: 'feed.js',
    from: 'if (serving.number === old)',
    to: 'if (false)',
  },
  'what has failed its trial goes on': {
    file: 'trial/settle-trial.js',
    from: "feed(turn, generation, { type: 'tell', now, ids: null, ...farewellOf(turn.model) });",
    to: '',
  },
  'the old generation does not come back': {
    file: 'trial/settle-trial.js',
    from: "feed(turn, old, { type: 'restore', now });",
    to: '',
  },
  'a trial ends before its time': {
    file: 'trial/trial-state.js',
    from: 'now >= until && ',
    to: '',
  },
  'a trial ends while a check runs': {
    file: 'trial/trial-state.js',
    from: '!check.isRunning && check.failures === 0',
    to: 'check.failures === 0',
    isRare: true,
  },
  'the first check that fails decides, though more may fail': {
    file: 'trial/judge.js',
    from: 'failure && failures >= (settings.check?.failures ?? 1)',
    to: 'failure',
  },
  'the result of a check of another generation counts': {
    file: 'trial/judge.js',
    from: ' || trial.generation !== generation',
    to: '',
    isRare: true,
  },
  'a lost worker does not end the trial': {
    file: 'feed.js',
    from: 'const decided = trial.decided ?? (failure ? { passed: false, failure } : null);',
    to: 'const decided = trial.decided;',
  },
  'a generation on trial grows': {
    file: 'due.js',
    from: '!current || model.trial)',
    to: '!current)',
  },
  'success is told before the trial is over': {
    file: 'restart.js',
    from: 'onTrial ? [] : asked',
    to: 'asked',
  },
  'a generation on trial counts as good': {
    file: 'feed.js',
    from: 'if (old === null)\n        noteGood(turn, ready);',
    to: 'noteGood(turn, ready);',
  },
  'a check outlives its trial': {
    file: 'trial/end-trial.js',
    from: 'turn.effects.push(...endOfCheck(trial));',
    to: '',
  },
};
