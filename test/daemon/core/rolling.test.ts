/** `--rolling`: a few workers are replaced at a time, and no fewer are ready than wanted. */
import test, {type ExecutionContext} from 'ava';
import {ask, hup, lose, play, playNow, scale, wait} from '../../simulation/world/acts.js';
import {DIES_EARLY, type Fate, HEALTHY, NEVER_READY, SLOW_TO_FINISH} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, type Simulation, serving} from '../../simulation/world/simulation.js';

const times = (count: number, fate: Fate): readonly Fate[] => Array.from({length: count}, () => fate);
const WANTED = 4;
const rolling = (size: number, fates: readonly Fate[] = [], more: Partial<Options> = {}) =>
  serving({workers: WANTED, rolling: size, fates, ...more});

/** Checks at every step how many workers are ready, and how many live. */
function watch(t: ExecutionContext, simulation: Simulation, most: number): Simulation {
  simulation.observe = ({model, now}) => {
    const workers = model.generations.flatMap(generation => generation.workers);
    const ready = workers.filter(({phase}) => phase === 'ready').length;
    t.true(ready >= WANTED, `${ready} ready at ${now}`);
    t.true(workers.length <= most, `${workers.length} living at ${now}`);
  };
  return simulation;
}

test('one at a time: each worker that gets ready replaces one old worker', t => {
  const simulation = watch(t, rolling(1), WANTED + 1);
  t.deepEqual(play(simulation, ask('a')), [
    '2000 spawn 2',
    '3000 HUP to 1/0',
    '3000 spawn 2/1 at 1',
    '4000 HUP to 1/1',
    '4000 spawn 2/2 at 2',
    '5000 HUP to 1/2',
    '5000 spawn 2/3 at 3',
    '6000 HUP to 1/3',
    '6000 a: completed',
  ]);
});

test('two at a time: the next two are spawned when the last two are gone', t => {
  const fates = [...times(2, SLOW_TO_FINISH), ...times(2, HEALTHY)];
  const simulation = watch(t, rolling(2, fates), WANTED + 2);
  t.deepEqual(play(simulation, ask('a')), [
    '2000 spawn 2',
    '3000 HUP to 1/0',
    '3000 HUP to 1/1',
    '7000 spawn 2/2 at 2',
    '7000 spawn 2/3 at 3',
    '8000 HUP to 1/2',
    '8000 HUP to 1/3',
    '8000 a: completed',
  ]);
});

test('a first start with rolling is ready with its first workers, and spawns the others at once', t => {
  const simulation = booted({workers: WANTED, rolling: 1});
  simulation.advance(2000);
  t.deepEqual(simulation.story(), ['0 spawn 1', '1000 spawn 1/1 at 1, 1/2 at 2, 1/3 at 3']);
  t.like(simulation.model, {
    generations: [{phase: 'ready', workers: times(WANTED, HEALTHY).map(() => ({phase: 'ready'}))}],
  });
});

test('a batch larger than the number of workers replaces all of them', t => {
  const story = play(rolling(9), ask('a'));
  t.deepEqual(story.slice(0, 2), ['2000 spawn 2', '3000 HUP to 1/0']);
  t.deepEqual(story.slice(-2), ['3000 HUP to 1/3', '3000 a: completed']);
});

test('a client that waits until ready waits for the first workers only', t => {
  t.is(play(rolling(1), ask('a', 1, 'ready')).indexOf('3000 a: completed'), 1);
});

test('kill-old-delay starts when the first workers are ready, and no more are spawned before it ends', t => {
  const story = play(rolling(1, [], {killOldDelayMs: 5000}), ask('a'));
  t.deepEqual(story.slice(0, 3), ['2000 spawn 2', '8000 HUP to 1/0', '8000 spawn 2/1 at 1']);
});

test('a worker that fails during the roll fails the restart, and the roll goes on', t => {
  const simulation = watch(t, rolling(1, [...times(5, HEALTHY), DIES_EARLY]), WANTED + 1);
  const story = play(simulation, ask('a'));
  t.deepEqual(story.slice(0, 5), [
    '2000 spawn 2',
    '3000 HUP to 1/0',
    '3000 spawn 2/1 at 1',
    '3010 a: failed',
    '4000 spawn 2/2 at 1',
  ]);
  t.deepEqual(story.slice(-1), ['7000 HUP to 1/3']);
  t.like(simulation.model, {
    generations: [{number: 2, phase: 'ready', workers: {length: WANTED}}],
    finishing: null,
  });
});

test('if the first workers fail, the old generation stays as it is', t => {
  const simulation = watch(t, rolling(2, [...times(5, HEALTHY), DIES_EARLY]), WANTED + 2);
  t.deepEqual(play(simulation, ask('a')), ['2000 spawn 2', '2010 TERM to 2/0', '2010 a: failed']);
});

test('losing the new generation during the roll fails the restart, and the rest of the old one serves on', t => {
  const simulation = rolling(1);
  const story = playNow(simulation, ask('a'), wait(1500), lose('2/0'));
  const told = ['3000 HUP to 1/0', '3000 spawn 2/1 at 1'];
  t.deepEqual(story, ['2000 spawn 2', ...told, '3500 TERM to 2/1', '3500 a: failed']);
  const next = playNow(simulation, ask('b'), wait(2000));
  t.deepEqual(next, ['4000 spawn 3', '5000 spawn 3/1 at 1']);
  t.deepEqual(play(simulation).slice(-2), ['8000 HUP to 1/3', '8000 b: completed']);
});

test('new workers replace old workers that are lost during the roll at once', t => {
  const simulation = rolling(1);
  const story = playNow(simulation, ask('a'), wait(1500), lose('1/3'), wait(10), lose('1/2'));
  const filled = ['3500 spawn 2/2 at 2', '3510 spawn 2/3 at 3'];
  t.deepEqual(story, ['2000 spawn 2', '3000 HUP to 1/0', '3000 spawn 2/1 at 1', ...filled]);
  t.deepEqual(play(simulation), ['4510 HUP to 1/1', '4510 a: completed']);
});

test('a restart that loses all old workers is completed when the new ones are ready', t => {
  const story = play(rolling(1), ask('a'), wait(1500), lose('1/1', '1/2', '1/3'));
  t.deepEqual(story.slice(3), ['3500 spawn 2/2 at 2', '3500 spawn 2/3 at 3', '4500 a: completed']);
});

test('a lost worker is replaced even if old workers take up all the room', t => {
  const fates = times(2, {...HEALTHY, lingersMs: 90_000});
  const simulation = serving({workers: 2, rolling: 1, fates});
  const lingering = playNow(simulation, hup, wait(1500), hup, wait(1500));
  t.deepEqual(lingering, ['2000 spawn 2', '3000 HUP to 1/0', '3500 spawn 3', '4500 HUP to 1/1']);
  t.deepEqual(playNow(simulation, lose('2/0'), wait(1000)), ['5000 spawn 3/1 at 1']);
});

test('a restart during the roll replaces the workers that serve of both generations, the older first', t => {
  const simulation = watch(t, rolling(1), WANTED + 2);
  t.deepEqual(play(simulation, ask('a'), wait(2500), ask('b')).slice(5), [
    '4500 spawn 3',
    '5000 HUP to 1/2',
    '5500 a: superseded',
    '5500 HUP to 1/3',
    '5500 spawn 3/1 at 1',
    '6500 HUP to 2/0',
    '6500 spawn 3/2 at 2',
    '7500 HUP to 2/1',
    '7500 spawn 3/3 at 3',
    '8500 HUP to 2/2',
    '8500 b: completed',
  ]);
});

test('scaling up during the roll keeps more old workers until the number is reached', t => {
  t.deepEqual(play(rolling(1), hup, wait(1500), scale(5, 'a')).slice(3), [
    '3500 spawn 2/2 at 2',
    '4500 HUP to 1/1',
    '4500 spawn 2/3 at 3',
    '5500 HUP to 1/2',
    '5500 spawn 2/4 at 4',
    '6500 HUP to 1/3',
    '6500 a: completed',
  ]);
});

test('scaling down during the roll tells more old workers to finish at once', t => {
  t.deepEqual(play(rolling(1), ask('r'), wait(1500), scale(2, 'a')).slice(3), [
    '3500 HUP to 1/1',
    '3500 HUP to 1/2',
    '4000 HUP to 1/3',
    '4000 a: completed',
    '4000 r: completed',
  ]);
});

test('scaling down half-way with a vacant place: an old and a surplus worker do not wait for each other', t => {
  const fates = [...times(3, HEALTHY), NEVER_READY];
  const simulation = serving({workers: 2, rolling: 1, readiness: {by: 'signal', timeoutMs: null}, fates});
  const acts = [hup, wait(200), scale(4, 'up'), wait(200), scale(2, 'down'), lose('2/1')];
  t.deepEqual(play(simulation, ...acts), [
    '2000 spawn 2',
    '2100 HUP to 1/0',
    '2100 spawn 2/1 at 1',
    '2200 spawn 2/2 at 2, 2/3 at 3',
    '2400 up: superseded',
    '2400 HUP to 1/1',
    '2400 HUP to 2/2',
    '2400 down: failed',
    '3200 spawn 2/4 at 1',
    '3300 HUP to 2/3',
  ]);
  t.like(simulation.model, {generations: [{number: 2, phase: 'ready'}], scaling: []});
});
