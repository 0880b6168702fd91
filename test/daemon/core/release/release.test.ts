/** Which release starts when (`--release`). The world has a link, and releases that are there, broken or gone. */
import test from 'ava';
import type {Effect} from '../../../../src/daemon/core/types.js';
import {type Act, ask, environment, hup, lose, playNow, wait} from '../../../simulation/world/acts.js';
import {collect} from '../../../simulation/world/collect.js';
import {type Asked, type Simulation, serving} from '../../../simulation/world/simulation.js';

const deploy =
  (release: string, isBroken = false): Act =>
  s =>
    s.releases.deploy(release, isBroken);
const remove =
  (release: string): Act =>
  s =>
    void s.releases.gone.add(release);
const restart =
  (token: string, release: Asked): Act =>
  s =>
    s.ask(token, 1, 'gone', {release});
const directory = (path: string): Asked => ({type: 'directory', path});
const running = ({model}: Simulation) => model.generations.map(({number, release}) => `${number} ${release}`);

const origins = (simulation: Simulation) => {
  const spawns = collect(simulation, 'spawn');
  return () => spawns.map(({origin}: Extract<Effect, {type: 'spawn'}>) => origin);
};

test('a lost generation starts from the release that was good, and a restart from what the link says', t => {
  const simulation = serving({pinned: true});
  const spawned = origins(simulation);
  playNow(simulation, deploy('r2', true), ask('a'), wait(5000), lose('1/0'), wait(5000));
  t.deepEqual(running(simulation), ['3 r1']);
  t.deepEqual(spawned(), [{type: 'link'}, {type: 'generation', generation: 1, orLink: true}]);
});

test('a worker in a lost place, and a restart by time, have the release of their generation', t => {
  const simulation = serving({pinned: true, workers: 2});
  playNow(simulation, deploy('r2'), lose('1/1'), wait(3000));
  t.deepEqual(running(simulation), ['1 r1']);
  playNow(simulation, environment(0, 1000), wait(2500), environment(0, null), wait(3000));
  t.true(
    running(simulation).every(one => one.endsWith(' r1')),
    running(simulation).join(),
  );
});

test('what was good comes first while SIGHUP goes on, and then they take turns', t => {
  const simulation = serving({pinned: true});
  const spawned = origins(simulation);
  playNow(simulation, deploy('r2', true), hup, wait(1500), deploy('r1', true), deploy('r2', true));
  playNow(simulation, lose('1/0'), wait(4600));
  const types = spawned().map(({type}) => type);
  const first = types.indexOf('generation');
  t.deepEqual(types.slice(first, first + 4), ['generation', 'link', 'generation', 'link']);
});

test('the last request says which release is brought up', t => {
  const simulation = serving({pinned: true});
  const story = playNow(
    simulation,
    restart('a', directory('r2')),
    wait(10),
    restart('b', directory('r3')),
    ask('c'),
    restart('d', directory('r4')),
    wait(5000),
  );
  t.deepEqual(
    story.filter(line => line.includes(':')),
    ['1010 b: cancelled', '1010 c: cancelled', '2000 a: completed', '3000 d: completed'],
  );
  t.deepEqual(running(simulation), ['3 r4']);
});

test('a rollback goes back, and forth again; one of a trial goes back to what was good before it', t => {
  const simulation = serving({pinned: true});
  const back: Act = restart('b', {type: 'former'});
  t.deepEqual(playNow(simulation, back), ['1000 b: cancelled']);
  playNow(simulation, deploy('r2'), ask('a'), wait(3000), back, wait(3000));
  t.deepEqual(running(simulation), ['3 r1']);
  playNow(simulation, back, wait(3000));
  t.deepEqual(running(simulation), ['4 r2']);
  playNow(
    simulation,
    deploy('r3'),
    s => s.ask('t', 1, 'gone', {bakeMs: 60_000}),
    wait(3000),
    back,
    wait(3000),
  );
  t.deepEqual(running(simulation), ['6 r2']);
});

test('where the release is gone the link is used, unless somebody asked for it', t => {
  const simulation = serving({pinned: true});
  playNow(simulation, deploy('r2'), remove('r1'), lose('1/0'), wait(3000));
  t.deepEqual(running(simulation), ['2 r2']);
  const story = playNow(simulation, restart('a', directory('r1')), wait(3000));
  t.true(
    story.some(line => line.endsWith('a: failed')),
    story.join('\n'),
  );
  t.deepEqual(running(simulation), ['2 r2']);
});

test('without --release every spawn is fresh', t => {
  const simulation = serving({workers: 2});
  const spawned = origins(simulation);
  playNow(simulation, lose('1/1'), wait(3000), hup, wait(3000), lose('2/0', '2/1'), wait(3000));
  t.true(spawned().every(({type}) => type === 'link'));
});
