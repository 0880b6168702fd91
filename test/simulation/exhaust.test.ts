/** Every short sequence of inputs for one worker. `npm run exhaust` goes deeper. */
import test from 'ava';
import {exhaust} from './exhaust.js';
import {WORLDS} from './worlds.js';

const DEPTH = 4;

for (const [name, options] of Object.entries(WORLDS)) {
  test(`no sequence of ${DEPTH} inputs breaks a rule: ${name}`, t => {
    const {states, broken} = exhaust(options, DEPTH);
    t.is(broken, null);
    t.is(states.length, DEPTH);
    t.true((states.at(-1) ?? 0) > 100, 'there is something to go through');
  });
}
