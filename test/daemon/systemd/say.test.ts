/** What ssd says to the service manager, as a table: what was said, how things are, what is said now. */
import test from 'ava';
import type {Report} from '../../../src/daemon/core/views/views.js';
import {isAwaited, NOTHING_SAID, type Said, say} from '../../../src/daemon/systemd/say.js';
import type {ProblemFacts} from '../../../src/shared/protocol/problem.js';

const SERVING: Report = {
  wanted: 'running',
  paused: false,
  current: 1,
  incoming: null,
  isTried: false,
  standIn: null,
  ready: 1,
  workers: 1,
  failed: null,
  attempts: 0,
  undecided: 0,
  dueAt: null,
};
const STARTING: Report = {...SERVING, current: null, incoming: 1, ready: 0};
const RESTARTING: Report = {...SERVING, incoming: 2, undecided: 1};
const RELOADING = 'RELOADING=1\nMONOTONIC_USEC=1234567';

function said(phase: Said['phase'], undecided = 0): Said {
  return {phase, undecided, status: 'other'};
}

type Row = {what: string; before: Said; report: Report; phase: Said['phase']; words: readonly string[]};
const stop = {wanted: 'stopped'} as const;
const ROWS: readonly Row[] = [
  {what: 'a first start', before: said('nothing'), report: STARTING, phase: 'nothing', words: []},
  {
    what: 'the first generation that is ready',
    before: said('nothing'),
    report: SERVING,
    phase: 'ready',
    words: ['READY=1'],
  },
  {
    what: 'a restart that was asked for during the first start',
    before: said('nothing', 1),
    report: RESTARTING,
    phase: 'reloading',
    words: ['READY=1', RELOADING],
  },
  {what: 'a restart', before: said('ready'), report: RESTARTING, phase: 'reloading', words: [RELOADING]},
  {
    what: 'another request meanwhile',
    before: said('reloading', 1),
    report: {...RESTARTING, undecided: 2},
    phase: 'reloading',
    words: [RELOADING],
  },
  {
    what: 'an attempt that has decided one request of two',
    before: said('reloading', 2),
    report: RESTARTING,
    phase: 'reloading',
    words: [],
  },
  {
    what: 'a restart that is ready',
    before: said('reloading', 1),
    report: {...SERVING, current: 2},
    phase: 'ready',
    words: ['READY=1'],
  },
  {
    what: 'a restart that has failed',
    before: said('reloading', 1),
    report: {...SERVING, failed: 2},
    phase: 'ready',
    words: ['READY=1'],
  },
  {
    what: 'a restart that goes on after a failed attempt',
    before: said('reloading', 1),
    report: {...SERVING, incoming: 3, failed: 2, attempts: 1},
    phase: 'ready',
    words: ['READY=1'],
  },
  {
    what: 'a generation that was lost',
    before: said('ready'),
    report: {...STARTING, incoming: null},
    phase: 'ready',
    words: [],
  },
  {
    what: 'a restart that has failed while the current generation was lost',
    before: said('reloading', 1),
    report: {...STARTING, incoming: null, failed: 2},
    phase: 'ready',
    words: ['READY=1'],
  },
  {
    what: 'a stop',
    before: said('ready'),
    report: {...SERVING, ...stop},
    phase: 'stopping',
    words: ['STOPPING=1'],
  },
  {
    what: 'a stop during the first start',
    before: said('nothing'),
    report: {...STARTING, ...stop},
    phase: 'stopping',
    words: ['STOPPING=1'],
  },
  {
    what: 'a stop during a restart',
    before: said('reloading', 1),
    report: {...SERVING, ...stop},
    phase: 'stopping',
    words: ['READY=1', 'STOPPING=1'],
  },
  {
    what: 'whatever comes after a stop',
    before: said('stopping'),
    report: {...SERVING, ...stop, current: null},
    phase: 'stopping',
    words: [],
  },
];
for (const {what, before, report, phase, words} of ROWS) {
  test(`${what}: ${words.length > 0 ? words.map(word => word.split('\n')[0]).join(', ') : 'the status alone'}`, t => {
    const {said: after, messages} = say(before, {report, problems: [], usec: 1234567n});
    t.is(after.phase, phase);
    t.is(after.undecided, report.undecided);
    const status = `STATUS=${after.status}`;
    const last = words.length > 0 ? `${words.at(-1)}\n${status}` : status;
    t.deepEqual(messages, [...words.slice(0, -1), last]);
    t.deepEqual(say(after, {report, problems: [], usec: 9n}).messages, [], 'nothing is said twice');
  });
}

const full: ProblemFacts = {code: 'status-file', subject: '/run/a', cause: 'ENOSPC'};
const hostile: ProblemFacts = {code: 'path-removed', subject: '/run/a\nREADY=1', cause: 'x'.repeat(900)};
const STATUS: readonly [string, Partial<Report>, readonly ProblemFacts[]][] = [
  ['generation 1 is ready', {}, []],
  ['generation 1 is ready, 2 of 4 workers', {ready: 2, workers: 4}, []],
  ['generation 1 is ready; generation 2 is starting', {incoming: 2}, []],
  ['generation 1 is ready; generation 2 has failed to start', {failed: 2}, []],
  [
    'generation 1 is ready; 3 attempts have failed; generation 5 is starting',
    {incoming: 5, failed: 4, attempts: 3},
    [],
  ],
  ['generation 1 is starting', {current: null, incoming: 1}, []],
  [
    'no generation is ready; generation 1 has failed to start; generation 2 is starting',
    {current: null, incoming: 2, failed: 1, attempts: 1},
    [],
  ],
  ['no generation is ready', {current: null}, []],
  ['paused', {current: null, paused: true}, []],
  ['generation 2 is on trial, 1 of 4 workers', {current: 2, isTried: true, ready: 1, workers: 4}, []],
  ['generation 1 serves on; generation 3 is starting', {current: null, standIn: 1, incoming: 3}, []],
  ['stopping', {wanted: 'stopped'}, []],
  [
    'generation 1 is ready; warning: cannot write status file /run/a: ENOSPC (no space left on device)',
    {},
    [full],
  ],
];
for (const [text, change, problems] of STATUS) {
  test(`the status: ${text}`, t => {
    const {said: after} = say(NOTHING_SAID, {report: {...SERVING, ...change}, problems, usec: 0n});
    t.is(after.status, text);
  });
}

test('a problem cannot put a word of its own into a message, nor make it too long', t => {
  const {messages} = say(said('ready'), {report: SERVING, problems: [hostile, full], usec: 0n});
  const [message = ''] = messages;
  t.is(messages.length, 1);
  t.regex(message, /^STATUS=[^\n]*\/run\/a\?READY=1[^\n]*$/);
  t.true(message.length < 520, String(message.length));
});

test('the manager is asked for time in every phase but that in which it waits for nothing', t => {
  const phases = ['nothing', 'ready', 'reloading', 'stopping'] as const;
  t.deepEqual(
    phases.filter(phase => isAwaited(said(phase))),
    ['nothing', 'reloading', 'stopping'],
  );
});
