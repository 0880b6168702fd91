import test from 'ava';
import {createRuns, RUNS_KEPT, type RunsState} from '../../../../src/daemon/workers/release/runs.js';
import type {GenerationStatus} from '../../../../src/shared/protocol/status.js';

const living = (generation: number, phase: GenerationStatus['phase']): GenerationStatus => {
  return {generation, phase, ageMs: 0, workers: []};
};

/** Its own clock: each event is a second after the one before. */
function create(revived: RunsState | null = null) {
  let seconds = 0;
  const runs = createRuns(() => new Date(seconds++ * 1000), revived);
  const spawn = (generation: number, release = `/r/${generation}`) =>
    runs.record({type: 'spawned', generation, pid: generation, release});
  const ready = (generation: number) =>
    runs.record({type: 'ready', generation, pids: [generation], tookMs: 1});
  return {...runs, spawn, ready};
}

const ENDED = {ending: {type: 'exited', code: 0}} as const;

test('a run says when it began, when it was ready and how it ended', t => {
  const {spawn, ready, record, list} = create();
  spawn(1);
  ready(1);
  record({type: 'finished', generation: 1, pid: 1, ...ENDED});
  spawn(2);
  t.deepEqual(list([living(2, 'starting')]), [
    {
      generation: 1,
      release: '/r/1',
      startedAt: '1970-01-01T00:00:00.000Z',
      readyAt: '1970-01-01T00:00:01.000Z',
      endedAt: '1970-01-01T00:00:02.000Z',
      state: 'finished',
    },
    {
      generation: 2,
      release: '/r/2',
      startedAt: '1970-01-01T00:00:03.000Z',
      readyAt: null,
      endedAt: null,
      state: 'starting',
    },
  ]);
});

test('what has failed its trial has failed, unless it serves on', t => {
  const {spawn, ready, record, list} = create();
  spawn(2);
  ready(2);
  record({type: 'trial-ended', generation: 2, old: 1, passed: false, tookMs: 1});
  const stateIn = (phases: readonly GenerationStatus[]) => list(phases)[0]?.state;
  t.is(stateIn([living(2, 'retiring')]), 'failed');
  t.is(stateIn([living(2, 'ready')]), 'serving');
  record({type: 'finished', generation: 2, pid: 2, ...ENDED});
  t.is(stateIn([]), 'failed');
});

test('one that ended without having been told was lost', t => {
  const {spawn, ready, record, list} = create();
  spawn(1);
  ready(1);
  record({type: 'lost', generation: 1, pid: 1, livedMs: 1, ...ENDED});
  t.is(list([])[0]?.state, 'lost');
});

test('what ssd tells the rest of a lost generation did not end it', t => {
  const {spawn, ready, record, list} = create();
  spawn(1);
  ready(1);
  const lose = (pid: number) => record({type: 'lost', generation: 1, pid, livedMs: 1, ...ENDED});
  const finish = () => record({type: 'finished', generation: 1, pid: 9, ...ENDED});
  lose(1);
  record({type: 'worker-ready', generation: 1, pid: 3});
  finish();
  t.is(list([])[0]?.state, 'finished');
  lose(2);
  finish();
  t.is(list([])[0]?.state, 'lost');
  spawn(2);
  ready(2);
  finish();
  t.is(list([])[0]?.state, 'finished');
});

test('without --release nothing is remembered, and of many only the last, and those that live', t => {
  const {spawn, record, list} = create();
  record({type: 'spawned', generation: 1, pid: 1});
  t.deepEqual(list([]), []);
  spawn(2);
  for (let generation = 3; generation < 3 * RUNS_KEPT; generation++) {
    spawn(generation);
    record({type: 'finished', generation, pid: generation, ...ENDED});
  }
  const kept = list([living(2, 'ready')]);
  t.is(kept.length, RUNS_KEPT + 1);
  t.is(kept[0]?.generation, 2);
  t.is(kept.at(-1)?.generation, 3 * RUNS_KEPT - 1);
});

test('what was run is handed over, and what of it ends later ends in the next one', t => {
  const first = create();
  first.spawn(1);
  first.ready(1);
  first.spawn(2);
  first.ready(2);
  const {state, fds} = first.handOver();
  t.deepEqual(fds, []);
  const next = create(JSON.parse(JSON.stringify(state)));
  t.deepEqual(next.list([]), first.list([]));
  for (const {record} of [first, next]) record({type: 'finished', generation: 1, pid: 1, ...ENDED});
  const states = (runs: typeof next) => runs.list([living(2, 'ready')]).map(run => run.state);
  t.deepEqual(states(next), ['finished', 'serving']);
  t.deepEqual(states(next), states(first));
});
