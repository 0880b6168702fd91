/** What the core does with the workers of an ssd that has died. */
import test from 'ava';
import type {Adopted, AdoptedGeneration} from '../../../../src/daemon/core/adoption/adopted.js';
import {remainsOf} from '../../../../src/daemon/core/adoption/leave.js';
import {die, revive} from '../../../simulation/world/images.js';
import type {Options} from '../../../simulation/world/options.js';
import {Simulation, serving} from '../../../simulation/world/simulation.js';

test('what was current is current, and a new generation is started at once', t => {
  const {simulation, did} = adopt([generation(4, 'ready')]);
  t.deepEqual(did, ['0 spawn 5']);
  t.like(simulation.model.generations, [{number: 4, phase: 'ready', adopted: true}, {phase: 'starting'}]);
});

test('without one that was ready, what was starting serves until the new one is ready', t => {
  const {simulation, did} = adopt([generation(4, 'starting', 'starting')]);
  t.deepEqual(did, ['0 spawn 5']);
  t.like(simulation.model.generations, [{number: 4, phase: 'retiring'}]);
});

test('of a generation on trial and the one that was held, the latter is current', t => {
  const {simulation, did} = adopt([generation(3, 'held'), generation(4, 'ready')]);
  t.deepEqual(did, ['0 HUP to 4/0', '0 spawn 5']);
  t.like(simulation.model.generations, [
    {number: 3, phase: 'ready'},
    {number: 4, phase: 'retiring'},
  ]);
});

test('who was told to finish is not told again, and is killed in its time', t => {
  const {simulation, did} = adopt([generation(3, 'retiring', 'retiring'), generation(4, 'ready')], {
    stopTimeoutMs: 2000,
    maxRetiring: null,
  });
  t.deepEqual(did, ['0 spawn 5']);
  simulation.advance(1999);
  t.false(simulation.story().some(line => line.includes('kill')));
  simulation.advance(1);
  t.true(simulation.story().includes('2000 kill 3/0'));
});

test('a worker that was starting in the current generation is told to finish', t => {
  const {number, phase, release, workers} = generation(4, 'ready');
  const more = workers.map(worker => ({...worker, id: 1, index: 1, pid: 701, phase: 'starting' as const}));
  const {did} = adopt([{number, phase, release, workers: [...workers, ...more]}], {workers: 2});
  t.deepEqual(did, ['0 TERM to 4/1', '0 spawn 5']);
});

test('where the options ask for fewer workers, those there are serve until the new generation is ready, or scale', t => {
  const more = [0, 1, 2].map(id => ({id, index: id, pid: 700 + id, ageMs: 5000, phase: 'ready' as const}));
  const taken = () => adopt([{number: 4, phase: 'ready', release: null, workers: more}], {workers: 1});
  const {simulation, did} = taken();
  t.deepEqual(did, ['0 spawn 5']);
  simulation.advance(999);
  t.deepEqual(simulation.story(), []);
  simulation.advance(1);
  t.deepEqual(
    simulation.story().filter(line => line.includes('HUP')),
    ['1000 HUP to 4/0', '1000 HUP to 4/1', '1000 HUP to 4/2'],
  );
  const scaled = taken().simulation;
  scaled.submit({type: 'scale', workers: 2, token: 'a'});
  t.true(scaled.story().includes('0 HUP to 4/2'));
});

test('a stop ends what was taken over, and ssd with it', t => {
  const {simulation} = adopt([generation(4, 'ready')]);
  simulation.stop('TERM');
  t.true(simulation.story().some(line => line.endsWith('QUIT to 4/0')));
});

test('what is left out is told, and then it is a start like any other', t => {
  const simulation = new Simulation();
  const told: string[] = [];
  simulation.observe = ({effects}) => {
    for (const effect of effects) if (effect.type === 'publish') told.push(effect.event.type);
  };
  const one = {what: 'state', subject: '/x', pid: null, command: null, cause: 'EACCES'} as const;
  simulation.submit({type: 'adopt', adopted: null, leftOut: [one]});
  t.deepEqual(told, ['not-adopted']);
  t.deepEqual(simulation.story(), ['0 spawn 1']);
});

test('what ssd would leave is what the next one can take over', t => {
  const {model} = serving({workers: 2});
  t.deepEqual(remainsOf(model), {
    last: 1,
    workers: 2,
    good: null,
    former: null,
    generations: [
      {
        number: 1,
        phase: 'ready',
        release: null,
        workers: [
          {id: 0, index: 0, pid: 100, phase: 'ready'},
          {id: 1, index: 1, pid: 101, phase: 'ready'},
        ],
      },
    ],
  });
});

test('with --release a lost place is filled from what serves, once the new generation has failed', t => {
  const simulation = serving({workers: 2, pinned: true});
  simulation.releases.deploy('/broken', true);
  revive(simulation, die(simulation));
  simulation.kill({generation: 1, worker: 1});
  simulation.advance(5000);
  t.true(simulation.story().includes('2000 spawn 1/2 at 1'), simulation.story().join(', '));
  t.like(simulation.model.generations[0], {number: 1, phase: 'ready', adopted: true});
});

type Phase = AdoptedGeneration['workers'][number]['phase'];

function generation(
  number: number,
  phase: AdoptedGeneration['phase'],
  worker: Phase = 'ready',
): AdoptedGeneration {
  const pid = 600 + number;
  return {number, phase, release: null, workers: [{id: 0, index: 0, pid, ageMs: 5000, phase: worker}]};
}

/** @returns what the core does at once */
function adopt(generations: readonly AdoptedGeneration[], options: Partial<Options> = {}) {
  const simulation = new Simulation(options);
  const last = generations.at(-1)?.number ?? 0;
  const adopted: Adopted = {last, workers: null, good: null, former: null, generations};
  simulation.submit({type: 'adopt', adopted, leftOut: []});
  return {simulation, did: simulation.story()};
}
