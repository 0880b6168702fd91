import test from 'ava';
import {
  createGeneration,
  deadlineOf,
  type Generation,
  type GenerationEvent,
  pidsOf,
  transition,
} from '../../../src/daemon/core/generation.js';
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Ending} from '../../../src/shared/protocol.js';

const INTERVAL = 1000;
const CRASH: Ending = {type: 'exited', code: 1};

const spawned = (worker: number, now: number): GenerationEvent => ({
  type: 'spawned',
  now,
  worker,
  pid: 100 + worker,
});
const notSpawned = (worker: number, now: number): GenerationEvent => ({
  type: 'spawn-failed',
  now,
  worker,
  cause: 'EAGAIN',
});
const exited = (worker: number, now: number): GenerationEvent => ({
  type: 'exited',
  now,
  worker,
  ending: CRASH,
  hint: 'binds-port-itself',
});
const deadline = (now: number): GenerationEvent => ({type: 'deadline', now});
const retire = (now: number, delayMs: number): GenerationEvent => ({
  type: 'retire',
  now,
  signal: 'HUP',
  delayMs,
});
const stop = (now: number, signal = 'QUIT'): GenerationEvent => ({type: 'stop', now, signal});

/** The life of generation 7 after these events, and what they made it do. */
function live(workers: number, events: readonly GenerationEvent[]) {
  return continued(createGeneration(7, workers, INTERVAL, 0), events);
}

function continued(start: Generation, events: readonly GenerationEvent[]) {
  let state = start;
  const effects: Effect[] = [];
  for (const event of events) {
    const step = transition(state, event);
    state = step.next;
    effects.push(...step.effects);
  }
  return {
    state,
    told: effects.map(effect => (effect.type === 'signal' ? `${effect.signal} ${effect.pid}` : effect)),
  };
}

const readyWithTwo = () => live(2, [spawned(0, 0), spawned(1, 0), deadline(INTERVAL)]).state;

test('a new generation is starting, and all its workers are pending', t => {
  const state = createGeneration(7, 2, INTERVAL, 5);
  t.deepEqual(state, {
    phase: 'starting',
    number: 7,
    workers: [
      {index: 0, state: 'pending'},
      {index: 1, state: 'pending'},
    ],
    startedAt: 5,
    intervalMs: INTERVAL,
    readyAt: null,
  });
  t.is(deadlineOf(state), null);
  t.deepEqual(pidsOf(state), []);
});

test('the interval begins when the last worker runs, not the first', t => {
  t.is(deadlineOf(live(2, [spawned(1, 10)]).state), null);
  t.is(deadlineOf(live(2, [spawned(1, 10), spawned(0, 30)]).state), 30 + INTERVAL);
});

test('a starting generation is ready when its deadline has come, not a moment before', t => {
  const starting = live(1, [spawned(0, 10), deadline(INTERVAL + 9)]);
  t.is(starting.state.phase, 'starting');
  const {state, told} = continued(starting.state, [deadline(INTERVAL + 10)]);
  t.deepEqual(state, {
    phase: 'ready',
    number: 7,
    workers: [{index: 0, state: 'running', pid: 100, spawnedAt: 10}],
    startedAt: 0,
    readyAt: INTERVAL + 10,
  });
  t.deepEqual(told, []);
  t.is(deadlineOf(state), null);
});

test('a generation that waits for a worker to be spawned is never ready', t => {
  t.is(live(2, [spawned(0, 0), deadline(INTERVAL * 9)]).state.phase, 'starting');
});

test('a starting generation that loses its only worker is gone and was never ready', t => {
  t.deepEqual(live(1, [spawned(0, 10), exited(0, 250)]).state, {
    phase: 'gone',
    number: 7,
    outcome: 'never-ready',
    loss: {at: 250, pid: 100, ending: CRASH, hint: 'binds-port-itself', livedMs: 240},
  });
});

test('a worker that cannot be spawned is a failed start without a pid', t => {
  t.deepEqual(live(1, [notSpawned(0, 3)]).state, {
    phase: 'gone',
    number: 7,
    outcome: 'never-ready',
    loss: {at: 3, pid: null, ending: {type: 'not-spawned', cause: 'EAGAIN'}, hint: null, livedMs: 0},
  });
});

test('when one of several workers dies early, those that run are told to finish at once', t => {
  const {state, told} = live(3, [spawned(0, 0), spawned(1, 0), exited(1, 50)]);
  t.is(state.phase, 'retiring');
  t.deepEqual(told, ['TERM 100']);
});

test('a worker that was still pending when its generation failed is told as soon as it runs', t => {
  const {state, told} = live(2, [notSpawned(0, 5), spawned(1, 8)]);
  t.is(state.phase, 'retiring');
  t.deepEqual(told, ['TERM 101']);
});

test('of several early deaths the first is the cause, also after a stop', t => {
  const {state} = live(2, [spawned(0, 0), spawned(1, 0), exited(1, 50), stop(55), exited(0, 60)]);
  t.is(state.phase, 'gone');
  t.like(state, {outcome: 'never-ready', loss: {at: 50, pid: 101}});
});

test('a generation without its last worker is gone even if that one was never spawned', t => {
  const {state} = live(2, [spawned(0, 0), exited(0, 5), notSpawned(1, 6)]);
  t.like(state, {phase: 'gone', outcome: 'never-ready', loss: {at: 5}});
});

test('a starting generation that is stopped tells its workers, and retires without a loss', t => {
  const stopped = live(2, [spawned(0, 0), stop(10), spawned(1, 20)]);
  t.deepEqual(stopped.told, ['QUIT 100', 'QUIT 101']);
  const {state} = continued(stopped.state, [exited(0, 30), exited(1, 31)]);
  t.deepEqual(state, {phase: 'gone', number: 7, outcome: 'retired', loss: null});
});

test('a ready generation serves on until its last worker is lost', t => {
  const one = continued(readyWithTwo(), [exited(0, 2000)]);
  t.is(one.state.phase, 'ready');
  const none = continued(one.state, [exited(1, 2500)]);
  t.like(none.state, {phase: 'gone', outcome: 'crashed', loss: {at: 2500, pid: 101, livedMs: 2500}});
  t.deepEqual([...one.told, ...none.told], []);
});

test('a ready generation told to retire without delay signals all its workers at once', t => {
  const {state, told} = continued(readyWithTwo(), [retire(2000, 0)]);
  t.deepEqual(told, ['HUP 100', 'HUP 101']);
  t.is(state.phase, 'retiring');
  t.is(deadlineOf(state), null);
});

test('a ready generation told to retire later signals once, when the delay is over', t => {
  const delayed = continued(readyWithTwo(), [retire(2000, 500), deadline(2499)]);
  t.deepEqual(delayed.told, []);
  t.is(deadlineOf(delayed.state), 2500);
  const {state, told} = continued(delayed.state, [deadline(2500), deadline(2501), retire(2502, 0)]);
  t.deepEqual(told, ['HUP 100', 'HUP 101']);
  t.is(deadlineOf(state), null);
});

test('a worker that dies during the delay is not signalled when it is over', t => {
  const {told} = continued(readyWithTwo(), [retire(2000, 500), exited(0, 2100), deadline(2500)]);
  t.deepEqual(told, ['HUP 101']);
});

test('a stop ends the delay, and a second stop is another signal', t => {
  const {state, told} = continued(readyWithTwo(), [
    retire(2000, 500),
    exited(0, 2050),
    stop(2100),
    deadline(2500),
    stop(2600, 'TERM'),
  ]);
  t.deepEqual(told, ['QUIT 101', 'TERM 101']);
  t.is(deadlineOf(state), null);
});

test('a ready generation that is stopped is gone when all its workers are, and has lost none', t => {
  const stopped = continued(readyWithTwo(), [stop(2000)]);
  t.deepEqual(stopped.told, ['QUIT 100', 'QUIT 101']);
  const one = continued(stopped.state, [exited(1, 2001)]);
  t.is(one.state.phase, 'retiring');
  t.deepEqual(continued(one.state, [exited(0, 2002)]).state, {
    phase: 'gone',
    number: 7,
    outcome: 'retired',
    loss: null,
  });
});

test('the pids are those of the workers that run, in the order of their index', t => {
  const {state} = live(3, [spawned(2, 0), spawned(0, 1)]);
  t.deepEqual(state.phase === 'gone' ? null : pidsOf(state), [100, 102]);
});

test('nothing moves a generation that is gone', t => {
  const {state} = live(1, [notSpawned(0, 0)]);
  const events = [spawned(0, 1), notSpawned(0, 1), exited(0, 1), deadline(9999), retire(1, 0), stop(1)];
  for (const event of events) t.deepEqual(transition(state, event), {next: state, effects: []});
  t.is(deadlineOf(state), null);
});
