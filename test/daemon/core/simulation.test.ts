/** Checks the invariants of `supervisor.ts` in random worlds. `npm run simulate` checks many more. */
import test from 'ava';
import {FAULTS} from '../../simulation/faults/faults.js';
import {faultyCore} from '../../simulation/mutate.js';
import {runScenario} from '../../simulation/run.js';
import {shrink} from '../../simulation/shrink.js';
import {scenarioOf} from '../../simulation/storm/scenario.js';
import {tell} from '../../simulation/tell.js';

const RUNS = 1000;

test(`every rule holds in each of ${RUNS} worlds`, t => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const {broken} = runScenario(scenarioOf(seed));
    if (broken !== null) t.fail(`${broken}: npm run simulate -- --seed=${seed}`);
  }
  t.pass();
});

test('the same seed gives the same world, to the last event', t => {
  t.deepEqual(scenarioOf(7), scenarioOf(7));
  t.is(tell(scenarioOf(7)), tell(scenarioOf(7)));
  t.not(tell(scenarioOf(7)), tell(scenarioOf(8)));
});

test('a world that breaks a rule is shrunk to what breaks it, and its story is told', async t => {
  const fault = FAULTS['one ready worker makes a generation ready'];
  t.truthy(fault);
  if (!fault) return;
  const core = await faultyCore(fault);
  const broken = 'broken: a generation is ready when its workers are';
  const worlds = Array.from({length: 100}, (_, nth) => scenarioOf(nth + 1));
  const found = worlds.find(world => world.options.workers > 1 && runScenario(world, core).broken === broken);
  t.truthy(found);
  if (!found) return;
  const smallest = shrink(found, smaller => runScenario(smaller, core).broken === broken);
  t.deepEqual(smallest.actions, []);
  const story = tell(smallest, core);
  t.regex(story, /spawned generation=1 worker=0/);
  t.true(story.endsWith(broken));
});
