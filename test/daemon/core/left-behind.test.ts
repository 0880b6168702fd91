/** Workers whose leader has ended while others of their group live, and workers that may not be signalled. */
import test from 'ava';
import {ask, hup, lose, play, playNow, scale, signal, stop, wait} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {HEALTHY, IGNORES_SIGNALS, LEAVES_A_SERVER, REFUSES_ALL} from '../../simulation/world/fate.js';
import {serving} from '../../simulation/world/simulation.js';

const REFUSES_TELLING = {...HEALTHY, refuses: 'tell'} as const;

test('a restart waits for what is left of the worker that it replaces', t => {
  const simulation = serving({fates: [LEAVES_A_SERVER]});
  t.deepEqual(play(simulation, ask('a')), [
    '1000 spawn 2',
    '2000 HUP to 1/0',
    '2000 HUP to 1/0',
    '2700 a: completed',
  ]);
});

test('a stop waits too, and both kill what is left after the stop timeout', t => {
  const fates = [{...HEALTHY, remains: 'stays'} as const];
  t.deepEqual(play(serving({stopTimeoutMs: 3000, fates}), stop('TERM', 'a')), [
    '1000 QUIT to 1/0',
    '1000 QUIT to 1/0',
    '4000 kill 1/0',
    '4000 stopped a',
  ]);
  t.deepEqual(play(serving({stopTimeoutMs: 3000, fates}), ask('a')).slice(-2), [
    '5000 kill 1/0',
    '5000 a: completed',
  ]);
});

test('what is left of a generation counts for --max-retiring', t => {
  const fates = [{...HEALTHY, remains: 'stays'} as const];
  const story = play(serving({maxRetiring: 0, fates}), ask('a'));
  t.deepEqual(story.slice(-3), ['2000 HUP to 1/0', '2000 kill 1/0', '2030 a: completed']);
});

test('a worker whose leader dies is replaced at once, and what is left of it is told to finish', t => {
  const simulation = serving({fates: [LEAVES_A_SERVER]});
  t.deepEqual(playNow(simulation, lose('1/0')), ['1000 HUP to 1/0', '1000 spawn 2']);
  t.like(simulation.model.generations, [{phase: 'retiring', workers: [{phase: 'lingering'}]}, {number: 2}]);
  simulation.advance(700);
  t.is(simulation.model.generations.length, 1);
});

test('a lost worker of several is replaced in its generation, which keeps it until its group is gone', t => {
  const simulation = serving({workers: 2, fates: [LEAVES_A_SERVER]});
  t.deepEqual(playNow(simulation, wait(500), lose('1/0')), ['1500 HUP to 1/0', '1500 spawn 1/2 at 0']);
  const [generation] = simulation.model.generations;
  t.deepEqual(
    generation?.workers.map(({phase}) => phase),
    ['lingering', 'ready', 'pending'],
  );
});

test('the pids of a verdict are those of workers whose leader lives', t => {
  const simulation = serving({workers: 2, fates: [{...HEALTHY, remains: 'stays'}]});
  const answers = collect(simulation, 'answer');
  play(simulation, lose('1/0'), wait(1000), scale(2, 'a'));
  t.like(answers, [{answer: {verdict: 'completed', pids: [101, 102]}}]);
});

test('the events report the end of the leader, the rest, and the end', t => {
  const simulation = serving({fates: [LEAVES_A_SERVER]});
  const events = collect(simulation, 'publish');
  play(simulation, hup);
  const told = events.map(({event}) => event.type);
  t.deepEqual(told.slice(-6), ['ready', 'telling', 'leader-ended', 'telling', 'finished', 'restart-ended']);
});

test('a restart that cannot tell an old worker to finish ends without it, and says so', t => {
  const simulation = serving({stopTimeoutMs: null, fates: [REFUSES_ALL]});
  const answers = collect(simulation, 'answer');
  play(simulation, ask('a'));
  t.like(answers, [{answer: {verdict: 'completed', replaced: [1], retiring: [1]}}]);
});

test('that restart does not wait for the stop timeout, and SIGKILL is sent once', t => {
  const story = play(serving({stopTimeoutMs: 3000, fates: [REFUSES_ALL]}), ask('a'));
  t.deepEqual(story, ['1000 spawn 2', '2000 HUP to 1/0', '2000 a: completed', '5000 kill 1/0']);
});

test('a restart waits for those of an old generation that obey', t => {
  const fates = [REFUSES_ALL, {...HEALTHY, lingersMs: 4000}];
  const story = play(serving({workers: 2, fates}), ask('a'));
  t.is(story.at(-1), '6000 a: completed');
});

test('a stop ends without a worker that cannot be killed either, and names it', t => {
  const within = {fates: [REFUSES_ALL]};
  t.deepEqual(play(serving(within), stop('TERM', 'a')), [
    '1000 QUIT to 1/0',
    '11000 kill 1/0',
    '11000 stopped a without 100',
  ]);
  t.is(
    play(serving({...within, stopTimeoutMs: 500}), stop('TERM', 'a')).at(-1),
    '1500 stopped a without 100',
  );
  t.is(play(serving(within), stop('TERM', 'a', 0)).at(-1), '1000 stopped a without 100');
});

test('a worker that only refuses to be told is killed when ssd is to stop', t => {
  t.deepEqual(play(serving({fates: [REFUSES_TELLING]}), stop('TERM', 'a')), [
    '1000 QUIT to 1/0',
    '11000 kill 1/0',
    '11000 stopped a',
  ]);
});

test('a worker that was given up at a restart does not delay a stop', t => {
  const simulation = serving({stopTimeoutMs: 3000, fates: [REFUSES_ALL]});
  const story = play(simulation, ask('a'), wait(9000), stop('TERM', 'b'));
  t.deepEqual(story.slice(-2), ['10000 QUIT to 2/0', '10000 stopped b without 100']);
});

test('a generation grows, with --rolling, past old workers that refuse', t => {
  const fates = [REFUSES_ALL, REFUSES_ALL];
  const story = play(serving({workers: 2, rolling: 1, fates}), ask('a'));
  t.regex(story.at(-1) ?? '', /a: completed$/);
});

test('a client that sends a signal learns which workers did not get it', t => {
  const simulation = serving({workers: 2, fates: [REFUSES_ALL]});
  t.deepEqual(playNow(simulation, signal('USR1', null, 'a')), [
    '1000 USR1 passed on to 100 101',
    '1000 a: USR1 to 101, not to 100',
  ]);
});

test('all workers that are lost in one step are remembered', t => {
  const readiness = {by: 'signal', timeoutMs: 3000} as const;
  const never = {...IGNORES_SIGNALS, readyMs: null};
  const simulation = serving({workers: 2, readiness, fates: [HEALTHY, HEALTHY, never, never]});
  playNow(simulation, ask('a'), wait(3000));
  t.like(simulation.model.failures, [
    {what: 'start-failed', generation: 2, pid: 102},
    {what: 'start-failed', generation: 2, pid: 103},
  ]);
});
