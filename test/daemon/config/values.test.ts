import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {readDuration} from '../../../src/daemon/config/values.js';
import {refusalOf} from '../../helpers/refusal.js';

test('a missing duration differs from a duration of 0', t => {
  t.is(readDuration({}, 'timeout'), null);
  t.is(readDuration({timeout: '0'}, 'timeout'), 0);
  t.is(readDuration({timeout: '1.5'}, 'timeout'), 1500);
});

test('a NUL byte is refused wherever a text may have one', t => {
  const refused = (options: RawOptions, program = ['server']) =>
    refusalOf(() => readConfig(options, program, {}));
  for (const failure of [
    refused({port: ['127.0.0.1\0x:80']}),
    refused({path: ['/run/a\0b']}),
    refused({'pid-file': '/run/a\0b'}),
    refused({'log-file': '| a\0b'}),
    refused({}, ['server', 'a\0b']),
  ]) {
    t.is(failure.code, 'usage');
    t.regex('problem' in failure ? failure.problem : '', /has a NUL byte in it: "[^\0]*\\u0000/);
  }
});
