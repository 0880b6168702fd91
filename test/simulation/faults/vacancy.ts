/** Faults in pauses, and in what is stopped before the next one starts. */
import type {Fault} from './fault.js';

export const VACANCY_FAULTS: Readonly<Record<string, Fault>> = {
  'something starts during a pause': {
    file: 'settle.js',
    from: 'turn.model.paused || ',
    to: '',
  },
  'a pause does not end by itself': {
    file: 'vacancy/pause.js',
    from: 'now >= paused.until',
    to: 'false',
  },
  'the timer is not set for the end of a pause': {
    file: 'due.js',
    from: 'paused?.until ?? null',
    to: 'null',
  },
  'a pause is told while workers live': {
    file: 'vacancy/pause.js',
    from: 'paused.tokens.length > 0 && isVacant(turn.model)',
    to: 'paused.tokens.length > 0',
  },
  'a pause tells nobody to finish': {
    file: 'vacancy/pause.js',
    from: "feedAll(turn, { type: 'tell', now, ids: 'untold', ...farewellOf(turn.model) });",
    to: '',
  },
  'who waits for a pause is forgotten when it ends before': {
    file: 'vacancy/pause.js',
    from: "answer(turn, paused.tokens, { verdict: 'cancelled', reason: 'resumed' });",
    to: '',
  },
  'a stop forgets who waits for a pause': {
    file: 'verdicts.js',
    from: '...(ended?.tokens ?? [])',
    to: '',
    isRare: true,
  },
  'a pause goes on after a restart was asked for': {
    file: 'requests.js',
    from: "endPause(turn, now, 'restart');",
    to: '',
  },
  'who resumes is not told that the start has failed': {
    file: 'release/recovery.js',
    from: 'charged.map(waiter => verdictOf(waiter, failure))',
    to: '[]',
    isRare: true,
  },
  'what is to stop first overlaps': {
    file: 'settle.js',
    from: 'next.stopFirst && !makeRoom(turn, next, now)',
    to: 'false',
  },
  'the next generation starts while the last one finishes': {
    file: 'vacancy/room.js',
    from: 'return isVacant(turn.model);\n}',
    to: 'return true;\n}',
  },
  'room is made for what cannot start': {
    file: 'vacancy/room.js',
    from: 'next.look === null && servingOf(model).length > 0',
    to: 'false',
  },
  'a generation on trial makes room': {
    file: 'vacancy/room.js',
    from: 'if (model.trial)\n        return [];',
    to: '',
    isRare: true,
  },
  'what was stopped first and is gone is said to finish': {
    file: 'restart.js',
    from: 'const left = leftOf(model, finishing);\n    const done',
    to: 'const left = finishing.replaced;\n    const done',
  },
  'what was lost during a trial is said to finish': {
    file: 'restart.js',
    from: 'now, leftOf(model, finishing));',
    to: 'now, finishing.replaced);',
    isRare: true,
  },
};
