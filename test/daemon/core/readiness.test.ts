/** Readiness by signal: a worker is ready when it says so, and has limited time to get there. */
import test from 'ava';
import {type Act, ask, hup, play, playNow, stop, wait} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {type Fate, HEALTHY, IGNORES_SIGNALS, NEVER_READY} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, type Simulation, serving} from '../../simulation/world/simulation.js';

const bySignal = (timeoutMs: number | null = 5000): Partial<Options> => ({
  readiness: {by: 'signal', timeoutMs},
  stopTimeoutMs: 2000,
});
const served = (fate: Fate, timeoutMs?: number | null) =>
  serving({...bySignal(timeoutMs), fates: [HEALTHY, fate]});
const facts = (s: Simulation) => collect(s, 'answer');
const extend =
  (ms: number): Act =>
  s =>
    s.submit({type: 'extend', generation: 2, worker: 0, ms});
const unready: Act = s => s.submit({type: 'unready', generation: 2, worker: 0});

test('a generation is ready as soon as its last worker says so, even before the interval is over', t => {
  const fates = [HEALTHY, HEALTHY, {...HEALTHY, readyMs: 0}, {...HEALTHY, readyMs: 30}];
  const simulation = serving({...bySignal(), workers: 2, fates});
  const told = ['1030 HUP to 1/0', '1030 HUP to 1/1'];
  t.deepEqual(play(simulation, ask('a')), ['1000 spawn 2', ...told, '1030 a: completed']);
});

test('with readiness by signal, living for the interval does not make a worker ready', t => {
  const simulation = booted({...bySignal(null), fates: [NEVER_READY]});
  simulation.advance(1_000_000);
  t.like(simulation.model, {generations: [{phase: 'starting'}], timerAt: null});
});

test('a worker that is not ready in time fails: it gets TERM, then SIGKILL, and the old one serves on', t => {
  const simulation = served({...NEVER_READY, lingersMs: null});
  const answers = facts(simulation);
  const story = play(simulation, ask('a'));
  t.deepEqual(story, ['1000 spawn 2', '6000 TERM to 2/0', '6000 a: failed', '8000 kill 2/0']);
  const ending = {type: 'not-ready', reason: 'timeout'} as const;
  const rest = {worker: 0, pid: 101, ending, hint: null, livedMs: 5000, serving: 1};
  const answer = {verdict: 'failed', attempts: 1, generation: 2, ...rest} as const;
  t.deepEqual(answers, [{type: 'answer', token: 'a', answer}]);
  t.like(simulation.model, {generations: [{number: 1, phase: 'ready'}], failures: [{ending}]});
});

test('without a stop timeout a worker that is not ready in time has ten seconds to end', t => {
  const fates = [HEALTHY, {...NEVER_READY, lingersMs: null}];
  const story = play(serving({...bySignal(), stopTimeoutMs: null, fates}), ask('a'));
  t.deepEqual(story.slice(1), ['6000 TERM to 2/0', '6000 a: failed', '16000 kill 2/0']);
});

test('if one worker is not ready in time, the others are told to finish too', t => {
  const fates = [HEALTHY, HEALTHY, NEVER_READY, IGNORES_SIGNALS];
  const story = play(serving({...bySignal(), workers: 2, fates}), ask('a'));
  const told = ['6000 TERM to 2/0', '6000 TERM to 2/1', '6000 a: failed', '8000 kill 2/1'];
  t.deepEqual(story, ['1000 spawn 2', ...told]);
});

test('a worker that closes its readiness descriptor fails at once', t => {
  const simulation = served(NEVER_READY, null);
  const answers = facts(simulation);
  const story = playNow(simulation, ask('a'), wait(10), unready);
  t.deepEqual(story, ['1000 spawn 2', '1010 TERM to 2/0', '1010 a: failed']);
  t.like(answers, {0: {answer: {ending: {type: 'not-ready', reason: 'closed'}}}});
});

test('a ready worker may close its readiness descriptor', t => {
  const simulation = served(HEALTHY);
  t.deepEqual(play(simulation, hup, wait(500), unready), ['1000 spawn 2', '1100 HUP to 1/0']);
});

const EXTENSIONS = {
  'has that time, from then on': {extensions: [{at: 4000, ms: 3000}], failsAt: 8000},
  'loses nothing by asking for less than it has': {extensions: [{at: 1000, ms: 10}], failsAt: 6000},
  'may do so again and again': {
    extensions: [
      {at: 4000, ms: 3000},
      {at: 2000, ms: 3000},
    ],
    failsAt: 10_000,
  },
};
for (const [what, {extensions, failsAt}] of Object.entries(EXTENSIONS)) {
  test(`a worker that asks for more time to get ready ${what}`, t => {
    const acts = extensions.flatMap(({at, ms}) => [wait(at), extend(ms)]);
    t.is(play(served(NEVER_READY), ask('a'), ...acts).at(-1), `${failsAt} a: failed`);
  });
}

test('a request for more time does not create a time limit', t => {
  const simulation = served(NEVER_READY, null);
  t.deepEqual(play(simulation, ask('a'), extend(1000)), ['1000 spawn 2']);
});

test('the time to get ready counts from the spawn, not from the order to spawn', t => {
  const story = play(served({...NEVER_READY, spawnMs: 700}), ask('a'));
  t.deepEqual(story, ['1000 spawn 2', '6700 TERM to 2/0', '6700 a: failed']);
});

test('a worker that is told to finish can no longer become ready', t => {
  const simulation = served({...HEALTHY, readyMs: 100, lingersMs: 500});
  const story = play(simulation, ask('a'), wait(50), stop('TERM'));
  const told = ['1050 a: cancelled', '1050 QUIT to 1/0', '1050 QUIT to 2/0'];
  t.deepEqual(story, ['1000 spawn 2', ...told, '1550 stopped']);
});

test('the status text of a worker is kept, and changes nothing else', t => {
  const simulation = serving();
  const {model} = simulation;
  const note = (text: string | null, stopping: boolean) =>
    simulation.submit({type: 'noted', generation: 1, worker: 0, text, stopping});
  note('warm', false);
  note(null, true);
  t.like(simulation.model, {
    generations: [{workers: [{note: {text: 'warm', stopping: true}, phase: 'ready'}]}],
  });
  t.deepEqual({...simulation.model, generations: []}, {...model, generations: []});
  t.deepEqual(simulation.story(), []);
});
