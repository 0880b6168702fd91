/** `--max-memory`: when a worker is replaced, and what becomes of it when something else begins. */
import test from 'ava';
import {snapshot} from '../../../../src/daemon/core/views/snapshot.js';
import {type Act, ask, hup, lose, play, playNow, scale, stop, wait} from '../../../simulation/world/acts.js';
import {collect} from '../../../simulation/world/collect.js';
import {DIES_AT_ONCE, HEALTHY, IGNORES_SIGNALS, SLOW_TO_FINISH} from '../../../simulation/world/fate.js';
import {type Simulation, serving} from '../../../simulation/world/simulation.js';

const LIMIT = {maxMemory: 1000};
const heavy =
  (worker: number, bytes = 1001, generation = 1): Act =>
  s =>
    s.submit({type: 'heavy', generation, worker, bytes});
const phases = ({model}: Simulation) =>
  model.generations.flatMap(({number, workers}) =>
    workers.map(({id, index, phase}) => `${number}/${id} at ${index} ${phase}`),
  );

test('the successor is ready first, at the same place, and then the heavy worker is told', t => {
  const simulation = serving({...LIMIT, workers: 2});
  const events = collect(simulation, 'publish');
  t.deepEqual(play(simulation, heavy(1)), ['1000 spawn 1/2 at 1', '2000 HUP to 1/1']);
  t.deepEqual(phases(simulation), ['1/0 at 0 ready', '1/2 at 1 ready']);
  t.deepEqual(
    events.map(({event}) => event.type),
    ['too-heavy', 'spawned', 'worker-ready', 'telling', 'finished'],
  );
  t.like(events[0]?.event, {generation: 1, pid: 101, bytes: 1001, limit: 1000});
});

test('without the option, and within the limit, nothing happens', t => {
  t.deepEqual(play(serving(), heavy(0)), []);
  t.deepEqual(play(serving(LIMIT), heavy(0, 1000)), []);
});

test('of several heavy workers one is replaced, until it is asked again', t => {
  const simulation = serving({...LIMIT, workers: 2});
  t.deepEqual(play(simulation, heavy(0), heavy(1)), ['1000 spawn 1/2 at 0', '2000 HUP to 1/0']);
  t.deepEqual(play(simulation, heavy(1)), ['2000 spawn 1/3 at 1', '3000 HUP to 1/1']);
});

test('the heavy worker is killed after the stop timeout', t => {
  const simulation = serving({...LIMIT, stopTimeoutMs: 500, fates: [IGNORES_SIGNALS]});
  t.deepEqual(play(simulation, heavy(0)), ['1000 spawn 1/1 at 0', '2000 HUP to 1/0', '2500 kill 1/0']);
});

test('while one still finishes, its place is not replaced again, but others are', t => {
  const simulation = serving({...LIMIT, workers: 2, fates: [SLOW_TO_FINISH]});
  playNow(simulation, heavy(0), wait(1000));
  t.deepEqual(playNow(simulation, heavy(2)), []);
  t.deepEqual(playNow(simulation, heavy(1)), ['2000 spawn 1/3 at 1']);
  simulation.rest();
  simulation.story();
  t.deepEqual(playNow(simulation, heavy(2)), ['6000 spawn 1/4 at 0']);
});

test('a successor that is lost leaves the heavy worker, and the next one waits for its pause', t => {
  const simulation = serving({...LIMIT, fates: [HEALTHY, DIES_AT_ONCE]});
  t.deepEqual(playNow(simulation, heavy(0), wait(1), heavy(0)), ['1000 spawn 1/1 at 0']);
  t.deepEqual(phases(simulation), ['1/0 at 0 ready']);
  t.deepEqual(play(simulation, wait(1000), heavy(0)), ['2001 spawn 1/2 at 0', '3001 HUP to 1/0']);
});

test('the loss of a successor is no failure for who waits for the end of a restart', t => {
  const simulation = serving({...LIMIT, fates: [SLOW_TO_FINISH, HEALTHY, DIES_AT_ONCE]});
  t.deepEqual(play(simulation, ask('a'), wait(1000), heavy(0, 2000, 2)), [
    '1000 spawn 2',
    '2000 HUP to 1/0',
    '2000 spawn 2/1 at 0',
    '6000 a: completed',
  ]);
});

test('a heavy worker that is lost leaves its place to the successor', t => {
  const simulation = serving({...LIMIT, workers: 2});
  t.deepEqual(play(simulation, heavy(0), wait(1), lose('1/0')), ['1000 spawn 1/2 at 0']);
  t.deepEqual(phases(simulation), ['1/1 at 1 ready', '1/2 at 0 ready']);
});

test('a worker that is lost elsewhere is replaced meanwhile', t => {
  const simulation = serving({...LIMIT, workers: 2});
  t.deepEqual(play(simulation, heavy(0), wait(500), lose('1/1')), [
    '1000 spawn 1/2 at 0',
    '2000 HUP to 1/0',
    '2000 spawn 1/3 at 1',
  ]);
  t.deepEqual(phases(simulation), ['1/2 at 0 ready', '1/3 at 1 ready']);
});

test('a restart replaces both', t => {
  const simulation = serving(LIMIT);
  t.deepEqual(play(simulation, heavy(0), wait(1), hup), [
    '1000 spawn 1/1 at 0',
    '1001 spawn 2',
    '2000 HUP to 1/0',
    '2001 HUP to 1/1',
  ]);
  t.deepEqual(phases(simulation), ['2/0 at 0 ready']);
});

test('no worker is replaced during a restart, a trial, and after the order to stop', t => {
  const simulation = serving({...LIMIT, bakeMs: 5000});
  t.deepEqual(playNow(simulation, hup, heavy(0)), ['1000 spawn 2']);
  t.deepEqual(playNow(simulation, wait(1000), heavy(0, 2000, 2)), []);
  t.deepEqual(play(simulation, stop('TERM'), heavy(0, 2000, 2)).slice(0, 2), [
    '2000 QUIT to 1/0',
    '2000 QUIT to 2/0',
  ]);
});

test('during a trial nobody is told, and the replacement goes on if the old generation comes back', t => {
  const fates = [HEALTHY, {...HEALTHY, readyMs: 3000}];
  const simulation = serving({...LIMIT, bakeMs: 60_000, readiness: {by: 'signal', timeoutMs: null}, fates});
  t.deepEqual(playNow(simulation, heavy(0), hup, wait(3500)), ['1000 spawn 1/1 at 0', '1000 spawn 2']);
  t.deepEqual(phases(simulation), ['1/0 at 0 ready', '1/1 at 0 ready', '2/0 at 0 ready']);
  const reject: Act = s => s.submit({type: 'reject', token: 'r', reason: null});
  t.deepEqual(play(simulation, reject), ['4500 r: rejected 2', '4500 HUP to 2/0', '4500 HUP to 1/0']);
  t.deepEqual(phases(simulation), ['1/1 at 0 ready']);
});

test('fewer workers: both at a place that is left over are told', t => {
  const simulation = serving({...LIMIT, workers: 2});
  t.deepEqual(play(simulation, heavy(1), wait(1), scale(1, 's')), [
    '1000 spawn 1/2 at 1',
    '1001 HUP to 1/1',
    '1001 HUP to 1/2',
    '1001 s: completed',
  ]);
});

test('who asks for the number that there is gets as many pids', t => {
  const simulation = serving({...LIMIT, workers: 2});
  const answers = collect(simulation, 'answer');
  play(simulation, heavy(1), wait(1), scale(2, 's'));
  t.like(answers[0]?.answer, {workers: 2, pids: [100, 101]});
});

test('with --rolling, a replacement waits until what was replaced is gone', t => {
  const simulation = serving({...LIMIT, workers: 2, rolling: 1, fates: [SLOW_TO_FINISH]});
  playNow(simulation, heavy(0), wait(1000));
  t.deepEqual(playNow(simulation, heavy(1)), []);
  simulation.rest();
  simulation.story();
  t.deepEqual(playNow(simulation, heavy(1)).length, 1);
});

test('the status shows who is replaced and why', t => {
  const simulation = serving({...LIMIT, workers: 2});
  playNow(simulation, heavy(0));
  const [generation] = snapshot(simulation.model, 1000).generations;
  t.deepEqual(
    generation?.workers.map(({tooHeavy}) => tooHeavy),
    [{bytes: 1001, limit: 1000}, undefined, undefined],
  );
  simulation.rest();
  const after = snapshot(simulation.model, 2000).generations.flatMap(({workers}) => workers);
  t.false(after.some(worker => 'tooHeavy' in worker));
});
