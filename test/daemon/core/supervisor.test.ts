/** The core as a whole: starts, restarts, failures, automatic restarts and refused starts. */
import test from 'ava';
import {
  type Act,
  ask,
  environment,
  hup,
  lose,
  play,
  playNow,
  stop,
  wait,
} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {DIES_AT_ONCE, DIES_EARLY, HEALTHY, notSpawned, SLOW_TO_FINISH} from '../../simulation/world/fate.js';
import {booted, serving} from '../../simulation/world/simulation.js';

test('the first start spawns all workers, and lists them after they have lived for the interval', t => {
  const simulation = booted({workers: 2});
  t.deepEqual(simulation.story(), ['0 spawn 1']);
  const status = collect(simulation, 'save-status');
  simulation.advance(999);
  t.deepEqual(status, []);
  simulation.advance(1);
  const lines = [100, 101].map(pid => ({generation: 1, pid}));
  t.deepEqual(status, [{type: 'save-status', lines}]);
});

test('the status file is written before the log, a client or a worker hears of it', t => {
  const simulation = serving({fates: [SLOW_TO_FINISH]});
  const steps: string[] = [];
  simulation.observe = ({effects}) => {
    const types = effects.map(({type}) => type).filter(type => type !== 'set-timer');
    if (types.includes('save-status')) steps.push(types.join(' '));
  };
  play(simulation, ask('a'));
  t.deepEqual(steps, ['save-status publish publish signal report', 'save-status publish publish answer']);
});

test('a restart tells the old generation to finish when the new one is ready, and ends when the old one is gone', t => {
  const simulation = serving({workers: 2, fates: [SLOW_TO_FINISH]});
  const answers = collect(simulation, 'answer');
  const signals = ['2000 HUP to 1/0', '2000 HUP to 1/1'];
  t.deepEqual(play(simulation, ask('a')), ['1000 spawn 2', ...signals, '6000 a: completed']);
  const completed = {
    verdict: 'completed',
    generation: 2,
    pids: [102, 103],
    replaced: [1],
    retiring: [],
  } as const;
  const answer = {...completed, attempts: 1, readyMs: 1000, tookMs: 5000};
  t.deepEqual(answers, [{type: 'answer', token: 'a', answer}]);
});

test('a failed restart leaves the current generation alone, and says why after one attempt', t => {
  const simulation = serving({fates: [HEALTHY, DIES_EARLY]});
  const answers = collect(simulation, 'answer');
  t.deepEqual(play(simulation, ask('a')), ['1000 spawn 2', '1010 a: failed']);
  const ending = {type: 'exited', code: 1} as const;
  const facts = {generation: 2, worker: 0, pid: 101, ending, hint: null, livedMs: 10, serving: 1};
  t.deepEqual(answers, [{type: 'answer', token: 'a', answer: {verdict: 'failed', attempts: 1, ...facts}}]);
  t.like(simulation.model, {generations: [{number: 1, phase: 'ready'}], failures: [{generation: 2}]});
});

test('a restart makes as many attempts as it is allowed', t => {
  const story = play(serving({fates: [HEALTHY, DIES_EARLY, DIES_EARLY, DIES_EARLY]}), ask('a', 3));
  t.deepEqual(story, ['1000 spawn 2', '2000 spawn 3', '3000 spawn 4', '3010 a: failed']);
});

test('a restart after a failed one waits for the rest of the interval', t => {
  const story = play(serving({fates: [HEALTHY, DIES_EARLY]}), ask('a'), wait(100), ask('b'));
  t.deepEqual(story.slice(2), ['2000 spawn 3', '3000 HUP to 1/0', '3000 b: completed']);
});

const PAUSES = [
  {intervalMs: 1000, pauseMs: 1000},
  {intervalMs: 50, pauseMs: 100},
  {intervalMs: 0, pauseMs: 100},
];
for (const {intervalMs, pauseMs} of PAUSES) {
  test(`SIGHUP tries until a start succeeds, every ${pauseMs} ms if the interval is ${intervalMs} ms`, t => {
    const story = play(serving({intervalMs, fates: [HEALTHY, DIES_AT_ONCE, DIES_AT_ONCE]}), hup);
    const spawns = [2, 3, 4].map((number, n) => `${intervalMs + n * pauseMs} spawn ${number}`);
    t.deepEqual(story, [...spawns, `${2 * intervalMs + 2 * pauseMs} HUP to 1/0`]);
  });
}

test('the pauses between attempts double up to the cap, and start again after a success', t => {
  const fates = [HEALTHY, ...Array.from({length: 5}, () => DIES_EARLY), HEALTHY, DIES_EARLY];
  const simulation = serving({maxIntervalMs: 5000, fates});
  const spawns = (story: readonly string[]) => story.filter(line => line.includes('spawn'));
  const first = [1000, 2000, 4000, 8000, 13_000, 18_000].map((at, nth) => `${at} spawn ${nth + 2}`);
  t.deepEqual(spawns(play(simulation, ask('a', null))), first);
  t.is(simulation.now, 19_000);
  t.deepEqual(spawns(play(simulation, ask('b', 2))), ['19000 spawn 8', '20000 spawn 9']);
});

test('a new request does not wait for a grown pause, and a lost worker does not shorten it', t => {
  const failing = Array.from({length: 6}, () => DIES_EARLY);
  const simulation = serving({workers: 2, maxIntervalMs: 60_000, fates: [HEALTHY, HEALTHY, ...failing]});
  const spawns = (...acts: readonly Act[]) =>
    playNow(simulation, ...acts).filter(line => line.includes('spawn'));
  t.deepEqual(spawns(hup, wait(4500)), ['1000 spawn 2', '2000 spawn 3', '4000 spawn 4']);
  t.deepEqual(spawns(lose('1/1'), wait(2400)), ['5500 spawn 1/2 at 1']);
  t.deepEqual(spawns(ask('a')), ['7900 spawn 5']);
});

test('exactly one restart follows the running one for any number of requests, and all get its verdict', t => {
  const story = play(serving(), ask('a'), wait(500), ask('b'), ask('c'), hup);
  const first = ['1000 spawn 2', '2000 HUP to 1/0', '2000 spawn 3', '2000 a: completed'];
  t.deepEqual(story, [...first, '3000 HUP to 2/0', '3000 b: completed', '3000 c: completed']);
});

test('a failing restart does not lose the restart that follows', t => {
  const story = play(serving({fates: [HEALTHY, DIES_EARLY, DIES_EARLY]}), ask('a'), ask('b'));
  t.deepEqual(story, ['1000 spawn 2', '1010 a: failed', '2000 spawn 3', '2010 b: failed']);
});

test('a request during an endless series of failures gets its verdict after one attempt', t => {
  const fates = [HEALTHY, DIES_EARLY, DIES_EARLY, DIES_EARLY];
  const story = play(serving({fates}), hup, wait(5), ask('a'), wait(1500), ask('b'));
  const spawns = ['1000 spawn 2', '2000 spawn 3', '2010 a: failed', '3000 spawn 4', '3010 b: failed'];
  t.deepEqual(story, [...spawns, '4000 spawn 5', '5000 HUP to 1/0']);
});

test('the old generation is told to finish after kill-old-delay as it is when the new one is ready', t => {
  const story = play(serving(), ask('a'), environment(5000, null));
  t.deepEqual(story, ['1000 spawn 2', '7000 HUP to 1/0', '7000 a: completed']);
});

test('a lost generation is replaced at once, but with at most one spawn per interval', t => {
  const livesMs = 1500;
  const story = play(booted({fates: [{...HEALTHY, livesMs}, {...HEALTHY, livesMs}, DIES_EARLY]}));
  t.deepEqual(story, ['0 spawn 1', '1500 spawn 2', '3000 spawn 3', '4000 spawn 4']);
});

test('a generation that is lost the moment it is ready is replaced after the pause', t => {
  t.deepEqual(play(serving({intervalMs: 0}), lose('1/0')), ['100 spawn 2']);
});

test('a generation that is lost during a restart is replaced only by the incoming one', t => {
  t.deepEqual(play(serving(), ask('a'), lose('1/0')), ['1000 spawn 2', '2000 a: completed']);
});

test('ssd keeps trying when the current generation is lost and the restart fails', t => {
  const story = play(serving({fates: [HEALTHY, DIES_EARLY]}), ask('a'), lose('1/0'));
  t.deepEqual(story, ['1000 spawn 2', '1010 a: failed', '2000 spawn 3']);
});

const AUTO_RESTARTS = {
  'once the interval is over': {lingersMs: 0, at: 12_000},
  'when the old generations are gone, if that is later': {lingersMs: 13_000, at: 15_000},
  'after twice the interval, even if old generations are left': {lingersMs: 90_000, at: 22_000},
};
for (const [when, {lingersMs, at}] of Object.entries(AUTO_RESTARTS)) {
  test(`an automatic restart comes ${when}`, t => {
    const simulation = serving({autoRestartMs: 10_000, fates: [{...HEALTHY, lingersMs}]});
    const story = play(simulation, hup, wait(at + 500), environment(0, null));
    t.is(story.at(2), `${at} spawn 3`);
  });
}

test('no automatic restart comes after the environment has switched it off', t => {
  t.deepEqual(play(serving({autoRestartMs: 10_000}), environment(0, null)), []);
});

test('a program that cannot be executed is refused at the first start', t => {
  const story = play(booted({fates: [notSpawned('ENOENT')]}));
  t.deepEqual(story, ['0 spawn 1', '0 refuse to start: ENOENT', '0 stopped']);
});

test('a first start that fails with a cause that may pass is tried again', t => {
  t.deepEqual(play(booted({fates: [notSpawned('EAGAIN')]})), ['0 spawn 1', '1000 spawn 2']);
});

test('a program that has run before fails instead of being refused', t => {
  const story = play(serving({fates: [HEALTHY, notSpawned('ENOENT')]}), ask('a'));
  t.deepEqual(story, ['1000 spawn 2', '1000 a: failed']);
});

test('a refused start is reported once, and every client gets an answer', t => {
  const late = {...notSpawned('ENOENT'), spawnMs: 10};
  const story = play(booted({workers: 2, fates: [late, late]}), ask('a'));
  t.deepEqual(story.slice(1).sort(), ['10 a: cancelled', '10 refuse to start: ENOENT', '10 stopped']);
});

test('a refused start tells the other workers to finish', t => {
  const slow = {...HEALTHY, spawnMs: 2000};
  const fates = [notSpawned('EAGAIN'), {...notSpawned('ENOENT'), spawnMs: 1500}, slow, slow];
  const story = play(booted({workers: 2, fates}));
  t.deepEqual(story.slice(-3), ['3000 TERM to 2/0', '3000 TERM to 2/1', '3000 stopped']);
});

test('a start that is stopped before it is refused answers the client that stopped it', t => {
  const story = play(booted({fates: [{...notSpawned('ENOENT'), spawnMs: 10}]}), stop('TERM', 'a'));
  t.deepEqual(story, ['0 spawn 1', '10 stopped a']);
});

test('a model that has been through JSON goes on unchanged', t => {
  const tell = (handOver: boolean) => {
    const simulation = serving({workers: 2, killOldDelayMs: 300, fates: [HEALTHY, HEALTHY, DIES_EARLY]});
    simulation.ask('a', 2);
    for (let n = 0; n < 40; n++) {
      if (handOver) simulation.model = JSON.parse(JSON.stringify(simulation.model));
      simulation.advance(100);
    }
    return simulation.story();
  };
  t.deepEqual(tell(true), tell(false));
  t.true(tell(true).includes('3300 a: completed'));
});
