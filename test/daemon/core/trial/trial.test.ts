/** Trials (`--bake`): what happens to the old generation and the new one, and who is told what. */
import test from 'ava';
import {
  type Act,
  ask,
  environment,
  hup,
  lose,
  play,
  playNow,
  scale,
  stop,
  wait,
} from '../../../simulation/world/acts.js';
import {SOUND} from '../../../simulation/world/checks.js';
import {collect} from '../../../simulation/world/collect.js';
import {type Simulation, serving} from '../../../simulation/world/simulation.js';

const FAILS = {...SOUND, fails: true};
const check = {everyMs: 1000, failures: 1};

const reject: Act = s => s.submit({type: 'reject', token: 'r', reason: 'too slow'});
const accept: Act = s => s.submit({type: 'accept', token: 'y'});
const phases = ({model}: Simulation) => model.generations.map(({number, phase}) => `${number} ${phase}`);

test('the old generation is told when the trial is over, after kill-old-delay', t => {
  const simulation = serving({bakeMs: 5000});
  t.deepEqual(play(simulation, environment(300, null), ask('a')), [
    '1000 spawn 2',
    '7300 HUP to 1/0',
    '7300 a: completed',
  ]);
});

test('who waits until ready waits for the end of the trial', t => {
  const simulation = serving({bakeMs: 5000});
  t.deepEqual(play(simulation, ask('a', 1, 'ready')), [
    '1000 spawn 2',
    '7000 a: completed',
    '7000 HUP to 1/0',
  ]);
});

test('a check that fails brings the old generation back with one signal and no spawn', t => {
  const simulation = serving({bakeMs: 60_000, check, checks: [SOUND, FAILS]});
  const answers = collect(simulation, 'answer');
  t.deepEqual(play(simulation, ask('a')), [
    '1000 spawn 2',
    '2000 check 1 of 2',
    '3000 check 2 of 2',
    '3030 HUP to 2/0',
    '3030 a: failed',
  ]);
  t.deepEqual(phases(simulation), ['1 ready']);
  t.like(answers[0]?.answer, {
    verdict: 'failed',
    phase: 'bake',
    generation: 2,
    serving: 1,
    ending: {type: 'rejected', by: 'check', cause: 'exited with status 1', output: ['no']},
  });
});

test('so does a lost worker, and a rejection', t => {
  const simulation = serving({bakeMs: 60_000, workers: 2});
  const lost = playNow(simulation, ask('a'), wait(1500), lose('2/1'), wait(0));
  t.deepEqual(lost, ['1000 spawn 2', '2500 HUP to 2/0', '2500 a: failed']);
  t.deepEqual(phases(simulation), ['1 ready']);
  const rejected = playNow(simulation, wait(5000), ask('b'), wait(1500), reject, wait(0));
  t.deepEqual(rejected.slice(1), [
    '9000 r: rejected 3',
    '9000 HUP to 3/0',
    '9000 HUP to 3/1',
    '9000 b: failed',
  ]);
});

test('a trial does not end between a check that has failed and the one that decides', t => {
  const fates = [SOUND, FAILS, FAILS, SOUND];
  const simulation = serving({bakeMs: 1500, check: {everyMs: 1000, failures: 3}, checks: fates});
  const checks = [1, 2, 3, 4].map(run => `${1000 + 1000 * run} check ${run} of 2`);
  t.deepEqual(play(simulation, ask('a')), [
    '1000 spawn 2',
    ...checks,
    '5030 HUP to 1/0',
    '5030 a: completed',
  ]);
});

test('an accepted generation stays, and its check is ended', t => {
  const slow = {...SOUND, takesMs: 900};
  const simulation = serving({bakeMs: 60_000, check, checks: [slow]});
  t.deepEqual(play(simulation, ask('a'), wait(1500), accept), [
    '1000 spawn 2',
    '2000 check 1 of 2',
    '2500 y: accepted 2',
    '2500 end the check',
    '2500 HUP to 1/0',
    '2500 a: completed',
  ]);
});

test('of a rolling restart the first are on trial, and the rest follows', t => {
  const simulation = serving({workers: 4, rolling: 1, bakeMs: 5000});
  simulation.rest();
  simulation.story();
  const began = simulation.now;
  playNow(simulation, ask('a'), wait(4000));
  t.deepEqual(
    simulation.model.generations.map(({phase, workers}) => [phase, workers.length]),
    [
      ['held', 4],
      ['ready', 1],
    ],
  );
  const rest = play(simulation).filter(line => line.includes('HUP'));
  t.is(rest.length, 4);
  t.true(rest.every(line => Number.parseInt(line, 10) >= began + 6000));
});

test('a later generation takes over the trial, and the one before both comes back', t => {
  const simulation = serving({bakeMs: 60_000});
  playNow(simulation, ask('a'), wait(2000), ask('b'), wait(1500));
  t.deepEqual(phases(simulation), ['1 held', '3 ready']);
  t.deepEqual(playNow(simulation, reject, wait(0)), [
    '4500 r: rejected 3',
    '4500 HUP to 3/0',
    '4500 b: failed',
  ]);
  t.deepEqual(phases(simulation), ['1 ready']);
});

test('without an old generation nothing can be rejected, and what fails serves on', t => {
  const simulation = serving({bakeMs: 60_000, check, checks: [SOUND, FAILS]});
  const story = playNow(simulation, ask('a'), wait(1500), lose('1/0'), reject, wait(2000));
  t.true(story.includes('2500 r: nothing to reject'), story.join('\n'));
  t.true(story.includes('3030 a: failed'), story.join('\n'));
  t.deepEqual(phases(simulation), ['2 ready']);
});

test('scale and a restart by time wait for the end of the trial', t => {
  const simulation = serving({bakeMs: 5000, autoRestartMs: 1000});
  const story = playNow(simulation, hup, wait(1500), scale(2, 's'), wait(3000));
  t.deepEqual(story, ['1000 spawn 2']);
});

test('a stop ends the trial, the check and both generations', t => {
  const slow = {...SOUND, takesMs: 900};
  const simulation = serving({bakeMs: 60_000, check, checks: [slow]});
  t.deepEqual(play(simulation, ask('a'), wait(1500), stop('TERM', 's')), [
    '1000 spawn 2',
    '2000 check 1 of 2',
    '2500 a: cancelled',
    '2500 end the check',
    '2500 QUIT to 1/0',
    '2500 QUIT to 2/0',
    '2500 stopped s',
  ]);
});
