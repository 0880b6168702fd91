import test from 'ava';
import {formatDuration, MAX_DURATION_MS, parseDuration} from '../../../src/shared/words/duration.js';

const reads = test.macro({
  exec: (t, text: string, expected: number) => t.is(parseDuration(text), expected),
  title: (_, text) => `"${text}" is a duration`,
});

test(reads, '1', 1000);
test(reads, '0', 0);
test(reads, '0.2', 200);
test(reads, '.5', 500);
test(reads, '1.0005', 1001);
test(reads, '200ms', 200);
test(reads, '30s', 30_000);
test(reads, '5m', 300_000);
test(reads, '0.5m', 30_000);
test(reads, '2h', 7_200_000);
test(reads, ' 3 s ', 3000);
test(reads, '87840h', MAX_DURATION_MS);
test(reads, '316224000', MAX_DURATION_MS);

const refuses = test.macro({
  exec: (t, text: string) => t.is(parseDuration(text), null),
  title: (_, text) => `"${text}" is no duration`,
});

const NONSENSE = ['', ' ', 's', '-1', '+1', '1.', '1,5', '1e3', '0x10', 'NaN', 'Infinity', '1d', '1S', '1 2'];
for (const text of [...NONSENSE, '5m30s', '1ms2', 'soon', '316224000.001', '87841h', `1${'0'.repeat(400)}`]) {
  test(refuses, text);
}

const writes = test.macro({
  exec: (t, ms: number, expected: string) => t.is(formatDuration(ms), expected),
  title: (_, ms, expected) => `${ms} ms are ${expected} for people`,
});

test(writes, 0, '0ms');
test(writes, 999, '999ms');
test(writes, 999.6, '1000ms');
test(writes, 1000, '1.0s');
test(writes, 1234, '1.2s');
test(writes, 59_949, '59.9s');
test(writes, 59_950, '1m 0s');
test(writes, 60_000, '1m 0s');
test(writes, 119_999, '2m 0s');
test(writes, 3_599_499, '59m 59s');
test(writes, 3_599_500, '1h 0m');
test(writes, 3_720_000, '1h 2m');
test(writes, 86_399_999, '1d 0h');
test(writes, 90_000_000, '1d 1h');
test(writes, 400 * 86_400_000, '400d 0h');
