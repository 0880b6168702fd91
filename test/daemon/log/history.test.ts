import test from 'ava';
import {createHistory, HISTORY_KEPT, type HistoryState} from '../../../src/daemon/log/history.js';
import type {Recorded} from '../../../src/shared/protocol/event.js';

const START = Date.UTC(2026, 0, 1);

function kept(revived: HistoryState | null = null) {
  let time = START;
  const history = createHistory(() => new Date(time), revived);
  return {
    ...history,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

test('what has happened is numbered and dated, the oldest first', t => {
  const {record, since, pass} = kept();
  record({type: 'stopped'});
  pass(1500);
  record({type: 'scaled', workers: 2});
  t.deepEqual(since(null), [
    {seq: 1, at: '2026-01-01T00:00:00.000Z', type: 'stopped'},
    {seq: 2, at: '2026-01-01T00:00:01.500Z', type: 'scaled', workers: 2},
  ]);
});

test('how far back is counted from now, to the millisecond', t => {
  const {record, since, pass} = kept();
  record({type: 'stopped'});
  pass(1000);
  record({type: 'stopped'});
  const seqs = (ms: number) => since(ms).map(({seq}) => seq);
  t.deepEqual([seqs(0), seqs(999), seqs(1000)], [[2], [2], [1, 2]]);
});

test('only the last are kept, and their numbers go on', t => {
  const {record, since} = kept();
  for (let count = 0; count < HISTORY_KEPT + 5; count++) record({type: 'stopped'});
  const all = since(null);
  t.is(all.length, HISTORY_KEPT);
  t.deepEqual([all[0]?.seq, all.at(-1)?.seq], [6, HISTORY_KEPT + 5]);
});

test('a follower gets every later event, until it ends that', t => {
  const {record, follow} = kept();
  const [first, second]: [Recorded[], Recorded[]] = [[], []];
  record({type: 'stopped'});
  const end = follow(event => first.push(event));
  follow(event => second.push(event));
  record({type: 'stopped'});
  end();
  end();
  record({type: 'stopped'});
  t.deepEqual(
    [first, second].map(events => events.map(({seq}) => seq)),
    [[2], [2, 3]],
  );
});

test('what a worker wrote is not kept', t => {
  const {record, since} = kept();
  record({
    type: 'start-failed',
    attempt: 1,
    generation: 1,
    worker: 0,
    pid: null,
    ending: {type: 'not-spawned', cause: 'ENOENT'},
    livedMs: 0,
    serving: null,
    hint: null,
    stderr: ['secret'],
  });
  t.like(since(null)[0], {type: 'start-failed', generation: 1, stderr: null});
});

test('a returned list is not changed by later events', t => {
  const {record, since} = kept();
  const before = since(null);
  record({type: 'stopped'});
  t.is(before.length, 0);
});

test('what is handed over is there in the next one, and its numbers go on', t => {
  const first = kept();
  for (let count = 0; count < HISTORY_KEPT + 5; count++) first.record({type: 'scaled', workers: count});
  const {state, fds} = first.handOver();
  t.deepEqual(fds, []);
  const next = kept(JSON.parse(JSON.stringify(state)));
  t.deepEqual(next.since(null), first.since(null));
  next.record({type: 'stopped'});
  first.record({type: 'stopped'});
  t.is(next.last(), HISTORY_KEPT + 6);
  t.deepEqual(next.since(null), first.since(null));
});

test('what came after an event is found by its number', t => {
  const {record, after, last} = kept();
  t.is(last(), 0);
  for (let count = 0; count < 3; count++) record({type: 'stopped'});
  const seqs = (seq: number) => after(seq).map(one => one.seq);
  t.deepEqual([seqs(0), seqs(2), seqs(3), seqs(9)], [[1, 2, 3], [3], [], []]);
  t.is(last(), 3);
});
