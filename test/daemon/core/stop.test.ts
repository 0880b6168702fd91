/** Stopping in every phase, and killing a worker that does not end by itself. */
import test from 'ava';
import {type Act, ask, environment, hup, play, playNow, stop, wait} from '../../simulation/world/acts.js';
import {
  DIES_EARLY,
  type Fate,
  HEALTHY,
  IGNORES_SIGNALS,
  SLOW_TO_FINISH,
} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, serving} from '../../simulation/world/simulation.js';

type Stage = {phase: string; acts: readonly Act[]; told: readonly string[]; options: Partial<Options>};
const restarted = [wait(1000), hup, wait(2000)];
const STAGES: readonly Stage[] = [
  {phase: 'starting', acts: [wait(500)], told: ['1/0'], options: {}},
  {phase: 'pausing', acts: [wait(500)], told: [], options: {fates: [DIES_EARLY]}},
  {phase: 'serving', acts: [wait(1000)], told: ['1/0'], options: {}},
  {phase: 'restarting', acts: [wait(1000), hup, wait(500)], told: ['1/0', '2/0'], options: {}},
  {phase: 'delaying', acts: restarted, told: ['1/0', '2/0'], options: {killOldDelayMs: 5000}},
  {phase: 'finishing', acts: restarted, told: ['1/0', '2/0'], options: {fates: [SLOW_TO_FINISH]}},
];
for (const {phase, acts, told, options} of STAGES) {
  for (const signal of ['TERM', 'INT'] as const) {
    const toWorkers = signal === 'TERM' ? 'QUIT' : 'TERM';
    test(`while ${phase}, ${signal} sends ${toWorkers} to every worker at once, and ssd ends`, t => {
      const simulation = booted(options);
      for (const act of acts) act(simulation);
      const signals = told.map(worker => `${simulation.now} ${toWorkers} to ${worker}`);
      simulation.story();
      simulation.stop(signal);
      const sent = simulation.story().filter(line => line.includes(' to '));
      t.deepEqual(sent, signals);
      simulation.rest();
      t.true(simulation.model.ended);
      t.is(simulation.timerAt, null);
    });
  }
}

test('a stop cancels every restart that is not completed, and every later request for one', t => {
  const fates = [SLOW_TO_FINISH, SLOW_TO_FINISH];
  const acts = [ask('finishing'), wait(1000), ask('incoming'), ask('following'), stop('TERM'), ask('late')];
  const answers = play(serving({fates}), ...acts).filter(line => line.includes(': '));
  const cancelled = ['incoming', 'following', 'finishing', 'late'].map(token => `2000 ${token}: cancelled`);
  t.deepEqual(answers, cancelled);
});

test('every request to stop is answered at the end; only a different signal is sent again', t => {
  const acts = [stop('TERM', 'a'), stop('TERM', 'b'), stop('INT', 'c'), wait(9000), stop('TERM', 'd')];
  const story = play(serving({fates: [SLOW_TO_FINISH]}), ...acts);
  const signals = ['1000 QUIT to 1/0', '1000 TERM to 1/0'];
  t.deepEqual(story, [...signals, '5000 stopped a b c', '10000 stopped d']);
});

test('a worker whose spawn is pending during a stop is told to finish once it runs', t => {
  const fates = [HEALTHY, HEALTHY, HEALTHY, {...HEALTHY, spawnMs: 50}];
  const story = play(serving({workers: 2, fates}), hup, wait(10), stop('TERM'));
  const now = ['1/0', '1/1', '2/0'].map(worker => `1010 QUIT to ${worker}`);
  t.deepEqual(story, ['1000 spawn 2', ...now, '1050 QUIT to 2/1', '1050 stopped']);
});

const STUBBORN: Fate = {...IGNORES_SIGNALS, kills: 3};

test('a worker that outlives the stop timeout is killed, and again each second', t => {
  const story = play(serving({stopTimeoutMs: 3000, fates: [STUBBORN]}), ask('a'));
  const kills = ['5000 kill 1/0', '6000 kill 1/0', '7000 kill 1/0', '7000 a: completed'];
  t.deepEqual(story, ['1000 spawn 2', '2000 HUP to 1/0', ...kills]);
});

test('without a stop timeout a worker has unlimited time to finish', t => {
  t.deepEqual(play(serving({fates: [IGNORES_SIGNALS]}), hup), ['1000 spawn 2', '2000 HUP to 1/0']);
});

test('a worker that asks for more time to finish gets it, until it is killed', t => {
  const extend: Act = s => s.submit({type: 'extend', generation: 1, worker: 0, ms: 9000});
  const acts = [hup, wait(2000), extend, wait(8999)];
  const simulation = serving({stopTimeoutMs: 3000, fates: [STUBBORN]});
  t.deepEqual(playNow(simulation, ...acts), ['1000 spawn 2', '2000 HUP to 1/0']);
  t.deepEqual(playNow(simulation, wait(1), extend, wait(1000)), ['12000 kill 1/0', '13000 kill 1/0']);
});

test('a stop does not postpone the kill of an old worker', t => {
  const story = play(serving({stopTimeoutMs: 3000, fates: [IGNORES_SIGNALS]}), hup, wait(3000), stop('TERM'));
  const signals = ['4000 QUIT to 1/0', '4000 QUIT to 2/0', '5000 kill 1/0', '5000 stopped'];
  t.deepEqual(story.slice(2), signals);
});

const KILLS: Readonly<Record<string, {acts: readonly Act[]; story: readonly string[]}>> = {
  'at once if the request says so': {
    acts: [stop('TERM', 'a', 0)],
    story: ['1000 kill 1/0', '1000 stopped a'],
  },
  'after the time that the request gave': {
    acts: [stop('TERM', 'a', 500)],
    story: ['1000 QUIT to 1/0', '1500 kill 1/0', '1500 stopped a'],
  },
  'at the sooner of two such times, with one signal': {
    acts: [stop('TERM', 'a', 9000), stop('TERM', 'b', 500), stop('TERM', 'c', 7000)],
    story: ['1000 QUIT to 1/0', '1500 kill 1/0', '1500 stopped a b c'],
  },
  'in time, even if the first request gave none': {
    acts: [stop('TERM', 'a'), wait(10_000), stop('TERM', 'b', 500)],
    story: ['1000 QUIT to 1/0', '11500 kill 1/0', '11500 stopped a b'],
  },
  'by a second INT': {
    acts: [stop('INT'), wait(10), stop('INT')],
    story: ['1000 TERM to 1/0', '1010 kill 1/0', '1010 stopped'],
  },
  'by a second INT, even with TERM between': {
    acts: [stop('INT'), stop('TERM'), stop('INT')],
    story: ['1000 TERM to 1/0', '1000 QUIT to 1/0', '1000 kill 1/0', '1000 stopped'],
  },
};
for (const [when, {acts, story}] of Object.entries(KILLS)) {
  test(`a worker that ignores signals is killed ${when}`, t => {
    t.deepEqual(play(serving({fates: [IGNORES_SIGNALS]}), ...acts), story);
  });
}

test('a second TERM does not kill, and neither does the first INT after it', t => {
  const acts = [stop('TERM'), wait(10), stop('TERM'), wait(10), stop('INT')];
  const story = play(serving({fates: [IGNORES_SIGNALS]}), ...acts);
  t.deepEqual(story, ['1000 QUIT to 1/0', '1020 TERM to 1/0']);
});

test('a pending worker with an order to be killed gets no other signal', t => {
  const fates = [{...IGNORES_SIGNALS, spawnMs: 50}];
  const story = play(booted({fates}), stop('TERM', 'a', 0), stop('INT', 'b'));
  t.deepEqual(story, ['0 spawn 1', '50 kill 1/0', '50 stopped a b']);
});

test('a pending worker is told and killed at the same times as a running one', t => {
  const fates = [{...IGNORES_SIGNALS, spawnMs: 50}];
  const story = play(booted({fates, stopTimeoutMs: 700}), stop('TERM'), stop('TERM', 'a', 9000));
  t.deepEqual(story, ['0 spawn 1', '50 QUIT to 1/0', '750 kill 1/0', '750 stopped a']);
});

test('the oldest of too many retiring generations is killed once', t => {
  const slow = {...STUBBORN, kills: 1, lingersMs: 60_000};
  const simulation = serving({maxRetiring: 1, fates: [slow, slow, slow]});
  const restarted = playNow(simulation, hup, wait(1000), hup, wait(1000));
  const spawns = ['1000 spawn 2', '2000 HUP to 1/0', '2000 spawn 3'];
  t.deepEqual(restarted, [...spawns, '3000 HUP to 2/0', '3000 kill 1/0']);
  const later = playNow(simulation, environment(0, null), hup, wait(1000));
  t.deepEqual(later, ['3000 spawn 4', '4000 HUP to 3/0', '4000 kill 2/0']);
});

test('an old generation that serves for lack of a successor does not count for max-retiring', t => {
  const simulation = serving({
    maxRetiring: 0,
    killOldDelayMs: 5000,
    fates: [HEALTHY, {...HEALTHY, livesMs: 2000}],
  });
  const story = ['1000 spawn 2', '3000 spawn 3', '7000 HUP to 1/0', '7000 kill 1/0'];
  t.deepEqual(play(simulation, hup), story);
});

test('with max-retiring 0 a replaced generation is killed as soon as it is told to finish', t => {
  const story = play(
    serving({maxRetiring: 0, workers: 2, fates: [SLOW_TO_FINISH, IGNORES_SIGNALS]}),
    ask('a'),
  );
  const told = ['2000 HUP to 1/0', '2000 HUP to 1/1', '2000 kill 1/0', '2000 kill 1/1'];
  t.deepEqual(story, ['1000 spawn 2', ...told, '2000 a: completed']);
});
