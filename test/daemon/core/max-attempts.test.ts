/** `--max-attempts`: how many attempts an endless request gets, and what `failing` says meanwhile. */
import test from 'ava';
import {snapshot} from '../../../src/daemon/core/views/snapshot.js';
import {type Act, ask, hup, lose, play, wait} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {DIES_EARLY, HEALTHY} from '../../simulation/world/fate.js';
import {booted, type Simulation, serving} from '../../simulation/world/simulation.js';

const failures = (count: number) => Array.from({length: count}, () => DIES_EARLY);
const failing = ({model, now}: Simulation) => snapshot(model, now).failing;

test('the first start is given up, and ssd ends', t => {
  const simulation = booted({maxAttempts: 2, fates: failures(9)});
  t.deepEqual(play(simulation), ['0 spawn 1', '1000 spawn 2', '1010 give up after 2', '1010 stopped']);
});

const GIVEN_UP: Readonly<Record<string, readonly [acts: readonly Act[], story: readonly string[]]>> = {
  'by SIGHUP': [[hup], ['1000 spawn 2', '2000 spawn 3']],
  'by a client without a number': [[ask('a', null)], ['1000 spawn 2', '2000 spawn 3', '2010 a: failed']],
  'by SIGHUP, and by SIGHUP again meanwhile': [
    [hup, wait(1005), hup],
    ['1000 spawn 2', '2000 spawn 3', '3000 spawn 4', '4000 spawn 5'],
  ],
  'by SIGHUP, and by a client with more attempts': [
    [hup, ask('a', 3)],
    ['1000 spawn 2', '2000 spawn 3', '3000 spawn 4', '4000 spawn 5', '4010 a: failed'],
  ],
};
for (const [what, [acts, story]] of Object.entries(GIVEN_UP)) {
  test(`a restart ${what} has failed after its attempts, and the old generation serves on`, t => {
    const simulation = serving({maxAttempts: 2, fates: [HEALTHY, ...failures(9)]});
    const ends: unknown[] = [];
    simulation.observe = ({effects}) =>
      ends.push(...effects.flatMap(effect => (effect.type === 'publish' ? [effect.event] : [])));
    t.deepEqual(play(simulation, ...acts), story);
    t.like(
      ends.findLast(event => (event as {type: string}).type === 'restart-ended'),
      {verdict: 'failed', serving: 1},
    );
    t.is(failing(simulation), null);
    t.is(simulation.model.generations[0]?.phase, 'ready');
  });
}

test('a lost generation that cannot be replaced is given up', t => {
  const simulation = serving({maxAttempts: 2, fates: [HEALTHY, ...failures(9)]});
  const story = play(simulation, wait(4000), lose('1/0'));
  t.deepEqual(story, ['5000 spawn 2', '6000 spawn 3', '6010 give up after 2', '6010 stopped']);
});

test('ssd keeps trying while an older generation serves, and gives up when that is lost too', t => {
  const fates = [HEALTHY, {...HEALTHY, livesMs: 1500}, ...failures(9)];
  const simulation = serving({maxAttempts: 2, killOldDelayMs: 60_000, fates});
  const story = play(simulation, hup, wait(5000), lose('1/0'));
  const spawns = ['1000 spawn 2', '2500 spawn 3', '3500 spawn 4', '4500 spawn 5', '5500 spawn 6'];
  t.deepEqual(story, [...spawns, '6500 spawn 7', '6510 give up after 5', '6510 stopped']);
});

test('a start that fails is failing since its first attempt, until one succeeds', t => {
  const simulation = booted({fates: failures(2)});
  t.is(failing(simulation), null);
  simulation.advance(15);
  t.deepEqual(failing(simulation), {attempts: 1, agoMs: 5});
  simulation.advance(1000);
  t.deepEqual(failing(simulation), {attempts: 2, agoMs: 1005});
  simulation.advance(1000);
  t.deepEqual(failing(simulation), {attempts: 2, agoMs: 2005});
  simulation.advance(1000);
  t.is(failing(simulation), null);
});

test('generations that are lost soon after they were ready are a crash loop, until one has settled', t => {
  const shortLived = {...HEALTHY, livesMs: 1500};
  const simulation = booted({fates: [shortLived, shortLived, shortLived]});
  simulation.advance(1600);
  t.is(failing(simulation), null);
  simulation.advance(1500);
  t.deepEqual(failing(simulation), {attempts: 2, agoMs: 1600});
  simulation.advance(1500);
  t.deepEqual(failing(simulation), {attempts: 3, agoMs: 3100});
  simulation.advance(1000);
  t.is(simulation.model.generations[0]?.phase, 'ready');
  t.deepEqual(failing(simulation), {attempts: 3, agoMs: 4100});
  simulation.advance(10_000);
  t.is(failing(simulation), null);
  simulation.kill({generation: 4, worker: 0});
  t.is(failing(simulation), null);
});

test('a crash loop that is over does not come back with the next restart', t => {
  const shortLived = {...HEALTHY, livesMs: 1500};
  const simulation = booted({fates: [shortLived, shortLived, shortLived]});
  simulation.advance(5600);
  t.like(failing(simulation), {attempts: 3});
  // Nothing happens meanwhile.
  simulation.advance(20_000);
  simulation.hup();
  simulation.advance(2000);
  t.is(simulation.model.generations.find(({phase}) => phase === 'ready')?.number, 5);
  t.is(failing(simulation), null);
});

test('without --max-attempts nobody gives up', t => {
  const simulation = booted({fates: failures(50)});
  const given = collect(simulation, 'give-up');
  play(simulation);
  t.deepEqual(given, []);
  t.is(simulation.model.last, 51);
});
