/** The simulation is worth what it finds: each of these faults, within so many worlds. The rare ones: `npm run mutate`. */
import test from 'ava';
import {FAULTS} from './faults.js';
import {faultyCore, hunt} from './mutate.js';

const RUNS = 300;

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`it is found that ${name}`, async t => {
    const core = await faultyCore(fault);
    if (fault.isRare) t.pass();
    else t.truthy(hunt(core, RUNS), `not in ${RUNS} worlds`);
  });
}

test('a core without a fault is not accused', t => {
  t.is(hunt(undefined, 20), null);
});

test('a fault that does not apply is refused', async t => {
  await t.throwsAsync(faultyCore({file: 'worker.js', from: 'no such text', to: ''}), {
    message: /no such place/,
  });
  await t.throwsAsync(faultyCore({file: 'worker.js', from: 'state', to: ''}), {message: /no such place/});
});
