import test from 'ava';
import {readDuration} from '../../../src/daemon/config/values.js';

test('a missing duration differs from a duration of 0', t => {
  t.is(readDuration({}, 'timeout'), null);
  t.is(readDuration({timeout: '0'}, 'timeout'), 0);
  t.is(readDuration({timeout: '1.5'}, 'timeout'), 1500);
});
