/** How a restart ends for the clients that asked: until ready or gone, superseded, lost meanwhile, cancelled. */
import test from 'ava';
import {
  type Act,
  ask,
  cancel,
  environment,
  hup,
  lose,
  play,
  playNow,
  stop,
  wait,
} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {DIES_EARLY, HEALTHY, IGNORES_SIGNALS, SLOW_TO_FINISH} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, serving} from '../../simulation/world/simulation.js';

test('a client that waits until ready has its verdict when the new generation serves, others when the old is gone', t => {
  const simulation = serving({fates: [HEALTHY, SLOW_TO_FINISH]});
  const answers = collect(simulation, 'answer');
  const story = play(simulation, hup, ask('gone', 1, 'gone'), ask('ready', 1, 'ready'));
  t.deepEqual(story.slice(3), ['3000 ready: completed', '3000 HUP to 2/0', '7000 gone: completed']);
  const facts = {generation: 3, pids: [102], replaced: [2], attempts: 1, readyMs: 2000} as const;
  const completed = {verdict: 'completed', ...facts} as const;
  t.deepEqual(answers, [
    {type: 'answer', token: 'ready', answer: {...completed, tookMs: 2000, retiring: [2]}},
    {type: 'answer', token: 'gone', answer: {...completed, tookMs: 6000, retiring: []}},
  ]);
});

test('a restart that waits for its old generation is superseded at once by a later one that is ready', t => {
  const simulation = serving({fates: [SLOW_TO_FINISH]});
  const answers = collect(simulation, 'answer');
  const story = play(simulation, ask('a'), wait(1500), hup);
  const later = ['2500 spawn 3', '3500 a: superseded', '3500 HUP to 2/0'];
  t.deepEqual(story, ['1000 spawn 2', '2000 HUP to 1/0', ...later]);
  t.deepEqual(answers, [
    {type: 'answer', token: 'a', answer: {verdict: 'superseded', generation: 2, by: 3, attempts: 1}},
  ]);
});

test('a restart is completed when its old generation is gone, even if an older one is left', t => {
  const simulation = serving({fates: [IGNORES_SIGNALS]});
  const story = play(simulation, ask('a'), wait(1500), ask('b'));
  t.deepEqual(story.slice(3), ['3500 a: superseded', '3500 HUP to 2/0', '3500 b: completed']);
});

test('losing the new generation fails a restart that waits, and the old one serves until there is a successor', t => {
  const simulation = serving({
    killOldDelayMs: 5000,
    fates: [HEALTHY, {...HEALTHY, livesMs: 1500}, DIES_EARLY],
  });
  const answers = collect(simulation, 'answer');
  const story = play(simulation, ask('a'), wait(1600), ask('b', 2));
  const spawns = ['1000 spawn 2', '2500 a: failed', '2500 spawn 3', '3500 spawn 4'];
  t.deepEqual(story, [...spawns, '7000 HUP to 1/0', '7000 b: completed']);
  t.like(answers, {0: {answer: {verdict: 'failed', generation: 2, attempts: 1, serving: 1, livedMs: 1500}}});
  t.like(answers, {1: {answer: {verdict: 'completed', generation: 4, replaced: [1]}}});
});

test('an old generation that served past its delay gets a whole new delay with its next successor', t => {
  const fates = [HEALTHY, {...HEALTHY, livesMs: 1500}, ...Array.from({length: 6}, () => DIES_EARLY)];
  const simulation = serving({killOldDelayMs: 3000, fates});
  const story = play(simulation, hup);
  t.deepEqual(story.slice(-2), ['8500 spawn 9', '12500 HUP to 1/0']);
});

test('a restart during the delay does not lengthen it', t => {
  const story = play(serving({killOldDelayMs: 5000}), ask('a'), wait(2000), ask('b'));
  const spawns = ['1000 spawn 2', '3000 spawn 3', '4000 a: superseded'];
  t.deepEqual(story, [...spawns, '7000 HUP to 1/0', '9000 HUP to 2/0', '9000 b: completed']);
});

type Case = {acts: readonly Act[]; story: readonly string[]; options?: Partial<Options>};
const CANCELS: Readonly<Record<string, Case>> = {
  'the incoming generation is told to finish': {
    acts: [ask('a'), hup, wait(500), cancel('c')],
    story: ['1000 spawn 2', '1500 c: cancelled 2', '1500 a: cancelled', '1500 TERM to 2/0'],
  },
  'the incoming generation is killed if it does not finish in time': {
    options: {fates: [HEALTHY, IGNORES_SIGNALS]},
    acts: [hup, cancel('c')],
    story: ['1000 spawn 2', '1000 c: cancelled 2', '1000 TERM to 2/0', '11000 kill 2/0'],
  },
  'the restart that follows is cancelled too': {
    acts: [ask('a'), ask('b'), cancel('c')],
    story: [
      '1000 spawn 2',
      '1000 c: cancelled 2',
      '1000 a: cancelled',
      '1000 b: cancelled',
      '1000 TERM to 2/0',
    ],
  },
  'a restart that pauses between attempts ends': {
    options: {fates: [HEALTHY, DIES_EARLY]},
    acts: [ask('a', null), wait(500), cancel('c')],
    story: ['1000 spawn 2', '1500 c: cancelled null', '1500 a: cancelled'],
  },
  'a restart whose generation is ready goes on': {
    options: {fates: [SLOW_TO_FINISH]},
    acts: [ask('a'), wait(1500), cancel('c')],
    story: ['1000 spawn 2', '2000 HUP to 1/0', '2500 c: nothing to cancel', '6000 a: completed'],
  },
  'nothing happens if there is no restart': {acts: [cancel('c')], story: ['1000 c: nothing to cancel']},
  'nothing happens while ssd stops': {
    options: {fates: [SLOW_TO_FINISH]},
    acts: [stop('TERM'), cancel('c')],
    story: ['1000 QUIT to 1/0', '1000 c: nothing to cancel', '5000 stopped'],
  },
  'a generation that is needed, because none serves, goes on': {
    acts: [ask('a'), lose('1/0'), cancel('c')],
    story: ['1000 spawn 2', '1000 c: nothing to cancel', '2000 a: completed'],
  },
  'a new restart may be requested at once': {
    acts: [hup, wait(10), cancel('c'), ask('a')],
    story: [
      '1000 spawn 2',
      '1010 c: cancelled 2',
      '1010 TERM to 2/0',
      '1010 spawn 3',
      '2010 HUP to 1/0',
      '2010 a: completed',
    ],
  },
};
for (const [what, {acts, story, options}] of Object.entries(CANCELS)) {
  test(`when a restart is cancelled, ${what}`, t => {
    t.deepEqual(play(serving(options), ...acts), story);
  });
}

test('the first start cannot be cancelled', t => {
  t.deepEqual(play(booted(), ask('a'), wait(500), cancel('c')).slice(0, 2), [
    '0 spawn 1',
    '500 c: nothing to cancel',
  ]);
});

test('a generation that is lost after a cancelled restart is replaced', t => {
  const story = playNow(serving(), hup, wait(10), cancel('c'), wait(2000), lose('1/0'));
  t.is(story.at(-1), '3010 spawn 3');
});

test('the last five failures are kept', t => {
  const simulation = serving({fates: [HEALTHY, ...Array.from({length: 9}, () => DIES_EARLY)]});
  play(simulation, hup, environment(0, null));
  t.deepEqual(
    simulation.model.failures.map(({generation, attempt}) => [generation, attempt]),
    [6, 7, 8, 9, 10].map(generation => [generation, generation - 1]),
  );
});

/** A client that waits hangs up. */
function hangUp(token: string): Act {
  return s => s.submit({type: 'forget', token});
}

const HANG_UPS: Readonly<Record<string, readonly [acts: readonly Act[], story: readonly string[]]>> = {
  'its attempts are made, and nobody is told': [
    [ask('a', 3), hangUp('a')],
    ['1000 spawn 2', '2000 spawn 3', '3000 spawn 4'],
  ],
  'an endless restart stays endless': [
    [ask('a', null), hangUp('a'), wait(3500), cancel('c')],
    ['1000 spawn 2', '2000 spawn 3', '3000 spawn 4', '4000 spawn 5', '4500 c: cancelled null'],
  ],
  'the others are answered': [
    [ask('a'), ask('b'), hangUp('a')],
    ['1000 spawn 2', '2000 spawn 3', '2010 b: failed'],
  ],
};
for (const [what, [acts, story]] of Object.entries(HANG_UPS)) {
  test(`when a client hangs up, ${what}`, t => {
    const fates = [HEALTHY, ...Array.from({length: 4}, () => DIES_EARLY)];
    t.deepEqual(play(serving({fates}), ...acts), story);
  });
}
