import test from 'ava';
import {createCounter} from '../../../src/daemon/metrics/counts.js';
import type {Ending, Event, RestartEnd} from '../../../src/shared/protocol/event.js';

const exited: Ending = {type: 'exited', code: 1};
const killed: Ending = {type: 'signalled', signal: 'SIGKILL'};
const late: Ending = {type: 'not-ready', reason: 'timeout'};

const ready = (generation: number, ...pids: number[]): Event => ({
  type: 'ready',
  generation,
  pids,
  tookMs: 1500,
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
const failed = (generation: number, pid: number | null, ending: Ending = exited): Event => ({
  type: 'start-failed',
  generation,
  worker: 0,
  attempt: 1,
  pid,
  ending,
  hint: null,
  livedMs: 1,
  serving: 1,
});
function countsOf(story: readonly Event[]) {
  const counter = createCounter(null);
  for (const event of story) counter.count(event);
  return counter.counts();
}

test('restarts are counted by the verdict with which they ended', t => {
  const ended = (end: RestartEnd): Event => ({type: 'restart-ended', ...end});
  const {verdicts} = countsOf([
    ready(1, 10),
    ended({verdict: 'completed', generation: 2, replaced: [1], retiring: []}),
    ended({verdict: 'completed', generation: 3, replaced: [2], retiring: []}),
    ended({verdict: 'superseded', generation: 3, by: 4}),
    ended({verdict: 'cancelled', reason: 'cancel'}),
    failed(5, 50),
  ]);
  t.deepEqual(verdicts, {completed: 2, failed: 0, superseded: 1, cancelled: 1});
});

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

test('a worker that is killed repeatedly counts once, and its pid can occur again', t => {
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

test('workers whose replacement began because of their memory are counted', t => {
  const heavy = (pid: number): Event => ({type: 'too-heavy', generation: 1, pid, bytes: 2000, limit: 1000});
  t.is(countsOf([ready(1, 10, 11), heavy(10), telling(1, 10), finished(1, 10), heavy(11)]).tooHeavy, 2);
});

test('what is counted is handed over, and each worker counts once across that', t => {
  const killing: Event = {type: 'killing', generation: 1, pids: [10, 11]};
  const asked: Event = {type: 'restart-asked', by: 'signal', queued: false};
  const before = [ready(1, 10, 11), asked, lost(1, 12), failed(2, 20, late), killing];
  const later = [killing, finished(2, 20), finished(1, 10), finished(1, 11, killed), asked, ready(3, 30)];
  const first = createCounter(null);
  for (const event of before) first.count(event);
  const {state, fds} = first.handOver();
  t.deepEqual(fds, []);
  const next = createCounter(JSON.parse(JSON.stringify(state)));
  t.deepEqual(next.counts(), first.counts());
  for (const event of later) next.count(event);
  t.deepEqual(next.counts(), countsOf([...before, ...later]));
  t.is(next.counts().killed, 2);
});

test('what the ssd before did not count begins at 0', t => {
  const {counts, ...rest} = createCounter(null).handOver().state;
  const {tooHeavy, ...older} = counts;
  const next = createCounter({...rest, counts: older as typeof counts});
  t.is(next.counts().tooHeavy, tooHeavy);
});
