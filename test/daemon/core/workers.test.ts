/** Several workers in a generation: one lost, all lost, and a changed number of workers. */
import test from 'ava';
import {
  type Act,
  ask,
  cancel,
  hup,
  lose,
  play,
  playNow,
  scale,
  signal,
  stop,
  wait,
} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {
  DIES_EARLY,
  type Fate,
  HEALTHY,
  NEVER_READY,
  notSpawned,
  SLOW_TO_FINISH,
} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, type Simulation, serving} from '../../simulation/world/simulation.js';

const healthy = (count: number): readonly Fate[] => Array.from({length: count}, () => HEALTHY);
const placesOf = ({model}: Simulation) =>
  model.generations.map(({workers}) => workers.map(({id, index, restarts}) => [id, index, restarts]));

test('one lost worker of several is replaced at its place in the generation, with a new id', t => {
  const simulation = serving({workers: 3});
  const spawns = collect(simulation, 'spawn');
  t.deepEqual(play(simulation, wait(500), lose('1/1')), ['1500 spawn 1/3 at 1']);
  t.is(spawns.length, 1);
  t.like(spawns[0], {type: 'spawn', generation: 1, places: [{id: 3, index: 1}], of: 3, serving: true});
  t.deepEqual(placesOf(simulation), [
    [
      [0, 0, 0],
      [2, 2, 0],
      [3, 1, 1],
    ],
  ]);
  t.like(simulation.model, {failures: [{what: 'lost', generation: 1, worker: 1, attempt: 1}]});
});

test('a lost worker is replaced at most once per interval, and its place counts the losses', t => {
  const livesMs = 1300;
  const fates = [HEALTHY, {...HEALTHY, livesMs}, {...HEALTHY, livesMs: 200}];
  const simulation = serving({workers: 2, fates});
  t.deepEqual(play(simulation), ['1300 spawn 1/2 at 1', '2300 spawn 1/3 at 1']);
  t.deepEqual(placesOf(simulation), [
    [
      [0, 0, 0],
      [3, 1, 2],
    ],
  ]);
});

test('losing all workers brings a new generation', t => {
  t.deepEqual(play(serving({workers: 2}), wait(500), lose('1/1', '1/0')), [
    '1500 spawn 1/2 at 1',
    '1500 TERM to 1/2',
    '2500 spawn 2',
  ]);
});

test('a generation is lost with its last ready worker, even if others are starting', t => {
  const simulation = serving({workers: 2, fates: [HEALTHY, {...HEALTHY, livesMs: 1500}, SLOW_TO_FINISH]});
  const story = play(simulation, wait(1000), lose('1/0'));
  t.deepEqual(story, ['1500 spawn 1/2 at 1', '2000 TERM to 1/2', '2500 spawn 2']);
});

test('a place whose new worker cannot be spawned is tried again', t => {
  const fates = [...healthy(2), notSpawned('EAGAIN'), DIES_EARLY];
  const simulation = serving({workers: 2, fates});
  const news = collect(simulation, 'publish');
  const story = play(simulation, wait(500), lose('1/1'));
  t.deepEqual(
    story,
    [1500, 2500, 3500].map((at, nth) => `${at} spawn 1/${nth + 2} at 1`),
  );
  const lost = news.flatMap(({event}) => (event.type === 'lost' ? [event.pid] : []));
  t.deepEqual(lost, [101, null, 103]);
});

test('the events report a worker that does not get ready beside others that serve', t => {
  const options: Partial<Options> = {readiness: {by: 'signal', timeoutMs: 3000}};
  const simulation = serving({...options, workers: 2, fates: [...healthy(2), NEVER_READY]});
  const news = collect(simulation, 'publish');
  play(simulation, lose('1/1'));
  t.deepEqual(
    news.map(({event}) => event.type),
    ['lost', 'spawned', 'lost', 'telling', 'finished', 'spawned', 'worker-ready'],
  );
});

type Case = {
  readonly acts: readonly Act[];
  readonly story: readonly string[];
  readonly options?: Partial<Options>;
};
const SCALES: Readonly<Record<string, Case>> = {
  'up: the new places are filled at once, and the verdict comes when they are ready': {
    acts: [scale(4, 'a')],
    story: ['1000 spawn 1/2 at 2, 1/3 at 3', '2000 a: completed'],
  },
  'down: the workers at the last places are told to finish, and the verdict comes at once': {
    options: {workers: 4, stopTimeoutMs: 500, fates: Array.from({length: 4}, () => SLOW_TO_FINISH)},
    acts: [scale(2, 'a')],
    story: ['1000 HUP to 1/2', '1000 HUP to 1/3', '1000 a: completed', '1500 kill 1/2', '1500 kill 1/3'],
  },
  'to the same number: the verdict comes at once': {acts: [scale(2, 'a')], story: ['1000 a: completed']},
  'twice to the same number: both requests get the verdict': {
    acts: [scale(3, 'a'), wait(500), scale(3, 'b')],
    story: ['1000 spawn 1/2 at 2', '2000 a: completed', '2000 b: completed'],
  },
  'to another number meanwhile: the first request is superseded': {
    acts: [scale(3, 'a'), wait(500), scale(1, 'b')],
    story: [
      '1000 spawn 1/2 at 2',
      '1500 a: superseded',
      '1500 HUP to 1/1',
      '1500 HUP to 1/2',
      '1500 b: completed',
    ],
  },
  'up again while surplus workers finish: the places are filled again': {
    options: {fates: [HEALTHY, SLOW_TO_FINISH]},
    acts: [scale(1, 'a'), scale(2, 'b')],
    story: ['1000 HUP to 1/1', '1000 a: completed', '1000 spawn 1/2 at 1', '2000 b: completed'],
  },
  'up with a worker that fails: the verdict is a failure, and ssd keeps trying': {
    options: {fates: [...healthy(2), DIES_EARLY]},
    acts: [scale(3, 'a')],
    story: ['1000 spawn 1/2 at 2', '1010 a: failed', '2000 spawn 1/3 at 2'],
  },
  'down while remaining places have no ready worker: surplus workers stand in for them': {
    options: {workers: 3},
    acts: [wait(500), lose('1/0'), scale(1, 'a')],
    story: ['1500 spawn 1/3 at 0', '1500 HUP to 1/1', '2500 HUP to 1/2', '2500 a: completed'],
  },
  'while a restart is under way: both generations get the number': {
    acts: [ask('r'), wait(500), scale(3, 'a')],
    story: [
      '1000 spawn 2',
      '1500 spawn 1/2 at 2',
      '2000 HUP to 1/0',
      '2000 HUP to 1/1',
      '2000 HUP to 1/2',
      '2000 spawn 2/2 at 2',
      '2000 r: completed',
      '3000 a: completed',
    ],
  },
  'down while a restart is under way: the new generation shrinks when it is ready': {
    acts: [hup, scale(1, 'a')],
    story: ['1000 spawn 2', '1000 HUP to 1/1', '1000 a: completed', '2000 HUP to 1/0', '2000 HUP to 2/1'],
  },
  'while ssd stops: it is cancelled': {
    options: {fates: [SLOW_TO_FINISH]},
    acts: [stop('TERM'), scale(3, 'a')],
    story: ['1000 QUIT to 1/0', '1000 QUIT to 1/1', '1000 a: cancelled', '5000 stopped'],
  },
  'and then to stop: it is cancelled': {
    acts: [scale(3, 'a'), stop('TERM')],
    story: [
      '1000 spawn 1/2 at 2',
      '1000 a: cancelled',
      '1000 QUIT to 1/0',
      '1000 QUIT to 1/1',
      '1000 QUIT to 1/2',
      '1000 stopped',
    ],
  },
  'and a restart is cancelled: the number is still to come': {
    acts: [scale(3, 'a'), hup, cancel('c')],
    story: [
      '1000 spawn 1/2 at 2',
      '1000 spawn 2',
      '1000 c: cancelled 2',
      '1000 TERM to 2/0',
      '1000 TERM to 2/1',
      '1000 TERM to 2/2',
      '2000 a: completed',
    ],
  },
};
for (const [what, {acts, story, options}] of Object.entries(SCALES)) {
  test(`asked to scale ${what}`, t => {
    t.deepEqual(play(serving({workers: 2, ...options}), ...acts), story);
  });
}

test('a client that scales learns the number and the pids, or why it failed', t => {
  const simulation = serving({workers: 2, fates: [...healthy(3), DIES_EARLY]});
  const answers = collect(simulation, 'answer');
  play(simulation, scale(3, 'a'), wait(2000), scale(4, 'b'));
  const ending = {type: 'exited', code: 1} as const;
  const facts = {generation: 1, worker: 3, pid: 103, ending, hint: null, livedMs: 10, serving: 1} as const;
  t.deepEqual(answers, [
    {type: 'answer', token: 'a', answer: {verdict: 'completed', workers: 3, pids: [100, 101, 102]}},
    {type: 'answer', token: 'b', answer: {verdict: 'failed', attempts: 1, ...facts}},
  ]);
});

test('scaling while nothing serves fails with the start that fails', t => {
  const simulation = booted({fates: [DIES_EARLY]});
  t.deepEqual(play(simulation, scale(2, 'a')), ['0 spawn 1', '10 a: failed', '1000 spawn 2']);
  t.is(simulation.alive.size, 2);
});

test("an operator's signal goes to every running worker, and changes nothing", t => {
  const fates = [SLOW_TO_FINISH, SLOW_TO_FINISH, HEALTHY, {...HEALTHY, spawnMs: 50}];
  const acts = [hup, wait(10), signal('USR1', null, 'a'), signal('USR2', 2, 'b'), signal('USR2', 7, 'c')];
  const story = playNow(serving({workers: 2, fates}), ...acts);
  t.deepEqual(story, [
    '1000 spawn 2',
    '1010 USR1 passed on to 100 101 102',
    '1010 a: USR1 to 100 101 102',
    '1010 USR2 passed on to 102',
    '1010 b: USR2 to 102',
    '1010 USR2 passed on to nobody',
    '1010 c: USR2 to ',
  ]);
});
