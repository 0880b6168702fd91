import test from 'ava';
import type {Effect} from '../../../src/daemon/core/types.js';
import {createCounter} from '../../../src/daemon/metrics/counts.js';
import type {Ending, Event, FailedStart} from '../../../src/shared/protocol/event.js';

const exited: Ending = {type: 'exited', code: 1};
const killed: Ending = {type: 'signalled', signal: 'SIGKILL'};
const late: Ending = {type: 'not-ready', reason: 'timeout'};

const ready = (generation: number, ...pids: number[]): Event => ({
  type: 'ready',
  generation,
  pids,
  tookMs: 1500,
});
const restarted = (generation: number): Event => ({
  type: 'restarted',
  generation,
  replaced: [generation - 1],
});
const telling = (generation: number, ...pids: number[]): Event => ({
  type: 'telling',
  generation,
  pids,
  signal: 'TERM',
});
const finished = (generation: number, pid: number, ending: Ending = exited): Event => ({
  type: 'finished',
  generation,
  pid,
  ending,
});
const lost = (generation: number, pid: number): Event => ({
  type: 'lost',
  generation,
  pid,
  ending: killed,
  livedMs: 1,
});
const details = (generation: number, pid: number | null, ending: Ending): FailedStart => ({
  generation,
  worker: 0,
  attempt: 1,
  pid,
  ending,
  hint: null,
  livedMs: 1,
  serving: 1,
});
const failed = (generation: number, pid: number | null, ending: Ending = exited): Event => ({
  type: 'start-failed',
  ...details(generation, pid, ending),
});
const told = (generation: number): Effect => {
  const {attempt: attempts, ...facts} = details(generation, 1, exited);
  return {type: 'answer', token: 't', answer: {verdict: 'failed', attempts, ...facts}};
};

function countsOf(story: readonly (Event | Effect)[]) {
  const counter = createCounter();
  for (const item of story) {
    const isEffect = item.type === 'answer';
    counter.observe(isEffect ? (item as Effect) : {type: 'publish', event: item as Event, tokens: []});
  }
  return counter.counts();
}

const verdicts = test.macro({
  exec: (t, story: readonly (Event | Effect)[], expected: object) => {
    const none = {completed: 0, failed: 0, superseded: 0, cancelled: 0};
    t.deepEqual(countsOf(story).verdicts, {...none, ...expected});
  },
  title: (given = '') => `restarts by verdict: ${given}`,
});

test('the first start is none', verdicts, [ready(1, 10)], {});
test('replaced', verdicts, [ready(1, 10), ready(2, 20), telling(1, 10), finished(1, 10), restarted(2)], {
  completed: 1,
});
test(
  'replaced, and replaced again before the old one is gone',
  verdicts,
  [ready(1, 10), ready(2, 20), ready(3, 30), restarted(3)],
  {superseded: 1, completed: 1},
);
test(
  'a failure of which two are told counts once',
  verdicts,
  [ready(1, 10), failed(2, 20), told(2), told(2)],
  {failed: 1},
);
test(
  'SIGHUP tries on: that is no verdict',
  verdicts,
  [ready(1, 10), failed(2, 20), failed(3, 30), ready(4, 40), restarted(4)],
  {completed: 1},
);
test('the answer to scale is none', verdicts, [ready(1, 10), lost(1, 10), told(1)], {});
test('cancelled', verdicts, [ready(1, 10), {type: 'cancel-asked', generation: 2}], {cancelled: 1});
test(
  'what has replaced it is lost before that is gone',
  verdicts,
  [ready(1, 10), ready(2, 20), lost(2, 20), ready(3, 30)],
  {failed: 1},
);
test(
  'one lost of several changes nothing',
  verdicts,
  [ready(1, 10), ready(2, 20, 21), lost(2, 20), restarted(2)],
  {completed: 1},
);
test('a rolling one does not grow', verdicts, [ready(1, 10), ready(2, 20), lost(2, 21), restarted(2)], {
  failed: 1,
});
test(
  'a lost generation has no successor that replaces it',
  verdicts,
  [ready(1, 10), lost(1, 10), ready(2, 20), ready(3, 30), restarted(3)],
  {completed: 1},
);

const exits = test.macro({
  exec: (t, story: readonly Event[], expected: Readonly<Record<string, number>>) => {
    const found = countsOf(story).exits.map(({labels, value}) => [
      `${labels?.cause} ${labels?.outcome}`,
      value,
    ]);
    t.deepEqual(Object.fromEntries(found), expected);
  },
  title: (given = '') => `exits: ${given}`,
});

test(
  'by cause and by what has become of the worker',
  exits,
  [
    finished(1, 10),
    finished(1, 11, killed),
    lost(1, 12),
    failed(2, 20),
    failed(3, null, {type: 'not-spawned', cause: 'ENOENT'}),
  ],
  {
    'exited retired': 1,
    'signalled retired': 1,
    'signalled lost': 1,
    'exited failed-start': 1,
    'not-spawned failed-start': 1,
  },
);
test(
  'one that was not ready in time counts once, and its number may come again',
  exits,
  [failed(2, 20, late), telling(2, 20), finished(2, 20), finished(3, 20)],
  {
    'not-ready failed-start': 1,
    'exited retired': 1,
  },
);

test('a worker that has to be killed again and again counts once, and its number may come again', t => {
  const killing = (...pids: number[]): Event => ({type: 'killing', generation: 1, pids});
  const story = [killing(10, 11), killing(10), killing(10), finished(1, 10), finished(1, 11), killing(10)];
  t.is(countsOf(story).killed, 3);
});

test('starts, their duration, spawns and requests are counted', t => {
  const asked: Event = {type: 'restart-asked', by: 'signal', queued: false};
  const spawned: Event = {type: 'spawned', generation: 1, pid: 10};
  const counts = countsOf([
    spawned,
    spawned,
    ready(1, 10),
    asked,
    asked,
    failed(2, 20),
    {...ready(3, 30), tookMs: 500} as Event,
  ]);
  t.like(counts, {
    asked: {signal: 2, request: 0, 'auto-restart': 0},
    starts: {ready: 2, failed: 1},
    startSeconds: {count: 2, sum: 2, last: 0.5},
    spawned: 2,
  });
});
