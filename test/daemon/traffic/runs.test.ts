import test from 'ava';
import {createRuns} from '../../../src/daemon/traffic/runs.js';
import type {Event, RestartEnd} from '../../../src/shared/protocol/event.js';

function story() {
  let last = 0;
  const runs = createRuns(() => {
    last += 1;
    return last;
  });
  const take = (event: Event, ...tokens: string[]) => runs.take(event, tokens).map(({figures}) => figures);
  return {
    ...runs,
    ask: (...tokens: string[]) => take({type: 'restart-asked', by: 'request', queued: false}, ...tokens),
    spawn: (generation: number) => take({type: 'spawned', generation, pid: generation}),
    ready: (generation: number) => take({type: 'ready', generation, pids: [generation], tookMs: 1}),
    end: (end: Partial<RestartEnd>, ...tokens: string[]) =>
      take({type: 'restart-ended', ...end} as Event, ...tokens),
    left: () => runs.underWay().map(({figures}) => figures),
  };
}

test('a restart ends with its own generation, whoever asked', t => {
  const {ask, spawn, ready, end, left, of} = story();
  spawn(1);
  ask('a');
  ask();
  spawn(2);
  // This one follows generation 2.
  ask('b');
  ready(2);
  t.deepEqual(end({verdict: 'completed', generation: 2}, 'a'), [1, 2]);
  t.is(of('a')?.figures, 1, 'the answer follows the event');
  t.deepEqual(left(), [3]);
  spawn(3);
  t.is(of('a'), undefined);
  ready(3);
  t.deepEqual(end({verdict: 'completed', generation: 3}, 'b'), [3]);
});

test('a superseded restart ends, and the one that replaced it goes on', t => {
  const {ask, spawn, ready, end, left} = story();
  ask('a');
  spawn(2);
  ready(2);
  ask('b');
  spawn(3);
  ready(3);
  t.deepEqual(end({verdict: 'superseded', generation: 2, by: 3}, 'a'), [1]);
  t.deepEqual(left(), [2]);
});

test('a failure ends the restart of the client that has no attempt left, and not the one that SIGHUP repeats', t => {
  const {ask, spawn, ready, end, left} = story();
  ask();
  ask('a');
  spawn(2);
  t.deepEqual(end({verdict: 'failed', generation: 2}, 'a'), [2]);
  t.deepEqual(left(), [1]);
  spawn(3);
  ready(3);
  t.deepEqual(
    end({verdict: 'failed', generation: 3}),
    [1],
    'its generation was lost before the old one was gone',
  );
});

for (const reason of ['stopping', 'paused'] as const)
  test(`a cancel ends what is not ready, and for the reason ${reason} all ends`, t => {
    const {ask, spawn, ready, end, left} = story();
    ask('a');
    spawn(2);
    ready(2);
    ask('b');
    spawn(3);
    t.deepEqual(end({verdict: 'cancelled', reason: 'cancel'}, 'b'), [2]);
    t.deepEqual(end({verdict: 'cancelled', reason}, 'a'), [1]);
    t.deepEqual(left(), []);
  });
