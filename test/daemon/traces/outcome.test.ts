/** What a collector answers is from outside: it decides what becomes of the spans, and nothing else. */
import test from 'ava';
import {noAnswer, outcomeOf} from '../../../src/daemon/traces/sending/outcome.js';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const answer = (status: number, text: string | null = null, retryAfter?: string) =>
  outcomeOf({status, text, retryAfter}, NOW);

for (const text of [
  null,
  '',
  'nonsense',
  'null',
  '[]',
  '{}',
  '{"partialSuccess":null}',
  '{"partialSuccess":{}}',
]) {
  test(`200 with ${JSON.stringify(text)} means that all is taken`, t => {
    t.deepEqual(answer(200, text), {type: 'taken', rejected: 0, cause: ''});
  });
}

for (const rejectedSpans of ['-1', '1e400', '"x"', '{}', '1.5', '"99999999999999999999"', 'true']) {
  test(`${rejectedSpans} is no count of rejected spans that is believed`, t => {
    const outcome = answer(200, `{"partialSuccess":{"rejectedSpans":${rejectedSpans}}}`);
    t.is(outcome.type, 'taken');
    t.true(outcome.type === 'taken' && outcome.rejected <= 1);
  });
}

test('some are rejected, with a reason', t => {
  t.deepEqual(answer(200, '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"full"}}'), {
    type: 'taken',
    rejected: 3,
    cause: 'it rejected 3 spans: full',
  });
});

for (const status of [301, 307, 400, 401, 404, 413, 500, 501, 0, 999]) {
  test(`${status} is final`, t => {
    t.deepEqual(answer(status), {type: 'refused', cause: `it answered with status ${status}`});
  });
}

for (const status of [429, 502, 503, 504]) {
  test(`${status} is for now`, t => {
    t.like(answer(status), {type: 'later', afterMs: null});
  });
}

for (const [retryAfter, afterMs] of [
  ['7', 7000],
  ['0', 0],
  ['-7', null],
  ['7.5', null],
  ['999999999', 999_999_999_000],
  ['9999999999999999999', null],
  ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', null],
] as const) {
  test(`Retry-After: ${retryAfter}`, t => {
    const outcome = answer(503, null, retryAfter);
    // A number that is none may be a date in the past.
    t.true(
      outcome.type === 'later' &&
        (outcome.afterMs === afterMs || (afterMs === null && outcome.afterMs === 0)),
    );
  });
}

test('what it says is cut off, and cannot move the cursor', t => {
  const outcome = answer(400, JSON.stringify({message: `\u001b[2J\n${'x'.repeat(10_000)}`}));
  t.true(outcome.cause.length < 300);
  t.true(outcome.cause.startsWith('it answered with status 400: ?[2J?xxx'));
});

test('no answer is for now, with the reason in words', t => {
  t.deepEqual(noAnswer('ECONNREFUSED'), {
    type: 'later',
    cause: 'ECONNREFUSED (connection refused)',
    afterMs: null,
  });
});
