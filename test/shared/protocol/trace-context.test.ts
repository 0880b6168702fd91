/** The texts that come from an environment or from a client are checked strictly, and what is odd is none at all. */
import test from 'ava';
import {
  MAX_TRACE_TEXT,
  parseTraceparent,
  traceContext,
  traceContextIn,
  traceVariables,
} from '../../../src/shared/protocol/trace/context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SOUND = `00-${TRACE}-${SPAN}-01`;

test('a traceparent of version 00 is understood', t => {
  t.deepEqual(parseTraceparent(SOUND), {traceId: TRACE, spanId: SPAN, flags: 1});
  t.is(parseTraceparent(`00-${TRACE}-${SPAN}-a0`)?.flags, 0xa0);
});

for (const text of [
  '',
  TRACE,
  `01-${TRACE}-${SPAN}-01`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}-01-more`,
  `${SOUND}\n`,
  ` ${SOUND}`,
  `${SOUND}\0`,
]) {
  test(`${JSON.stringify(text)} is no traceparent`, t => {
    t.is(parseTraceparent(text), null);
    t.is(traceContext(text, 'a=b'), null);
  });
}

test('a tracestate is passed on as it is, and left out where it is empty, long or not printable', t => {
  t.deepEqual(traceContext(SOUND, ' a=b,c=d '), {traceparent: SOUND, tracestate: 'a=b,c=d'});
  for (const odd of [
    undefined,
    null,
    '',
    '  ',
    'a=\nb',
    'a=\u001b[2J',
    'ä=b',
    'x'.repeat(MAX_TRACE_TEXT + 1),
  ])
    t.deepEqual(traceContext(SOUND, odd), {traceparent: SOUND});
});

test('it is read from an environment and written into one', t => {
  const env = {TRACEPARENT: SOUND, TRACESTATE: 'a=b'};
  const context = traceContextIn({...env, PATH: '/bin'});
  t.truthy(context);
  t.deepEqual(context && traceVariables(context), env);
  t.is(traceContextIn({TRACESTATE: 'a=b'}), null);
});
