/** Spans wait for a collector, up to a bound in number and time, and nobody waits for them. */
import test from 'ava';
import {createBorder} from '../../../src/daemon/faults/border.js';
import type {Span} from '../../../src/daemon/traces/recording/span.js';
import {MAX_WAITING} from '../../../src/daemon/traces/sending/backlog.js';
import {ATTEMPTS, createExporter} from '../../../src/daemon/traces/sending/exporter.js';
import type {Outcome} from '../../../src/daemon/traces/sending/outcome.js';
import type {TracesState} from '../../../src/daemon/traces/traces-state.js';
import {Mailbox} from '../../helpers/mailbox.js';

const TAKEN: Outcome = {type: 'taken', rejected: 0, cause: ''};
const REFUSED: Outcome = {type: 'refused', cause: 'no'};
const LATER: Outcome = {type: 'later', cause: 'busy', afterMs: 0};

type Posted = {readonly names: readonly string[]; readonly answer: (outcome: Outcome) => void};

function stage(former?: Pick<TracesState, 'unsent' | 'lost'>) {
  const posts = new Mailbox<Posted>('a request');
  const problems: string[] = [];
  const exporter = createExporter(
    {
      encode: spans => spans.map(({name}) => name).join(),
      post: body => new Promise(answer => posts.put({names: body === '' ? [] : body.split(','), answer})),
      subject: 'there',
      problems: {
        raise: ({cause}) => void problems.push(cause),
        solve: () => void problems.push('solved'),
      },
      border: createBorder(({cause}) => problems.push(`internal: ${cause}`)),
    },
    former,
  );
  return {exporter, next: () => posts.take(), problems};
}

function span(name: string): Span {
  return {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    parentSpanId: null,
    isEntry: false,
    traceState: null,
    name,
    startMs: 0,
    endMs: 1,
    attributes: {},
    events: [],
    links: [],
    error: null,
  };
}

test('the parts of a restart go with it, in one request', async t => {
  const {exporter, next, problems} = stage();
  for (const name of ['spawn', 'ready']) exporter.add(span(name), false);
  exporter.add(span('restart'), true);
  const {names, answer} = await next();
  t.deepEqual(names, ['spawn', 'ready', 'restart']);
  answer(TAKEN);
  await exporter.flush();
  t.deepEqual(problems, ['solved']);
  t.deepEqual(exporter.unsent(), {unsent: [], lost: 0});
});

test('what is refused is lost and counted, and the next is sent', async t => {
  const {exporter, next, problems} = stage();
  exporter.add(span('one'), true);
  const first = await next();
  exporter.add(span('two'), true);
  first.answer(REFUSED);
  const second = await next();
  t.deepEqual(second.names, ['two']);
  t.deepEqual(problems, ['no; 1 span is lost']);
  second.answer(TAKEN);
  await exporter.flush();
  t.is(problems.at(-1), 'solved');
});

test('what may be taken later is sent again a few times, one request at a time', async t => {
  const {exporter, next, problems} = stage();
  exporter.add(span('one'), true);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const {names, answer} = await next();
    exporter.add(span(`more-${attempt}`), true);
    t.deepEqual(names, ['one']);
    answer(LATER);
  }
  const {names} = await next();
  t.deepEqual(names, ['more-1', 'more-2', 'more-3', 'more-4', 'more-5']);
  t.is(problems.at(-1), 'busy; 1 span is lost');
});

test('no more than a bound wait, and the oldest are lost', async t => {
  const {exporter, next, problems} = stage();
  exporter.add(span('first'), true);
  await next();
  for (let nth = 0; nth < MAX_WAITING + 3; nth++) exporter.add(span(`${nth}`), true);
  const {unsent, lost} = exporter.unsent();
  t.deepEqual([unsent.length, lost], [MAX_WAITING + 1, 3]);
  t.is(unsent[1]?.name, '3');
  t.is(problems.at(-1), `more than ${MAX_WAITING} spans wait; 3 spans are lost`);
});

test('a large backlog goes out in several requests', async t => {
  const unsent = Array.from({length: 100}, (_, nth) => span(`${nth}`));
  const {exporter, next} = stage({unsent, lost: 2});
  const flushed = exporter.flush();
  const first = await next();
  first.answer(TAKEN);
  const second = await next();
  second.answer(TAKEN);
  await flushed;
  t.is(first.names.length + second.names.length, 100);
  t.deepEqual(exporter.unsent(), {unsent: [], lost: 2});
});

test('the end does not wait for a collector that was not there a moment ago', async t => {
  const {exporter, next} = stage();
  exporter.add(span('one'), true);
  (await next()).answer({type: 'later', cause: 'ECONNREFUSED', afterMs: 60_000});
  await null;
  const turn = new Promise(resolve => setImmediate(resolve, 'it waits'));
  t.is(await Promise.race([exporter.flush(), turn]), undefined);
});

test('the end waits for a silent one only for a moment, and there is no request after it', async t => {
  const {exporter, next} = stage();
  exporter.add(span('one'), true);
  const {answer} = await next();
  await exporter.flush();
  exporter.add(span('two'), true);
  answer(TAKEN);
  t.is(exporter.unsent().unsent.length, 2);
});

test('what fails in ssd itself is as good as refused', async t => {
  const problems: string[] = [];
  const exporter = createExporter({
    encode: () => {
      throw new Error('odd span');
    },
    post: () => Promise.resolve(TAKEN),
    subject: 'there',
    problems: {raise: ({cause}) => void problems.push(cause), solve: () => {}},
    border: createBorder(() => {}),
  });
  exporter.add(span('one'), true);
  await exporter.flush();
  t.deepEqual(problems, ['odd span; 1 span is lost']);
});
