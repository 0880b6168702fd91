/** The simulation must find each of these faults within a few worlds. `npm run mutate` looks for the rare ones. */
import test from 'ava';
import {FAULTS} from './faults/faults.js';
import {faultyCore, hunt} from './mutate.js';

const RUNS = 600;

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`the simulation finds the fault: ${name}`, async t => {
    const core = await faultyCore(fault);
    if (fault.isRare) t.pass();
    else t.truthy(hunt(core, RUNS), `not in ${RUNS} worlds`);
  });
}

test('the simulation finds no fault in the real core', t => {
  t.is(hunt(undefined, 20), null);
});

test('a fault whose text is missing or ambiguous is refused', async t => {
  await t.throwsAsync(faultyCore({file: 'worker/worker.js', from: 'no such text', to: ''}), {
    message: /no such place/,
  });
  await t.throwsAsync(faultyCore({file: 'worker/worker.js', from: 'state', to: ''}), {
    message: /no such place/,
  });
});
