/** The sentences of events. */
import test from 'ava';
import {describeEvent} from '../../../src/shared/words/describe-event.js';

test('the hint of a crash loop comes again with each tenth attempt', t => {
  const facts = {worker: 0, pid: 7, hint: 'binds-port-itself', livedMs: 5, serving: null} as const;
  const ending = {type: 'exited', code: 1} as const;
  const attempts = Array.from({length: 30}, (_, at) => at + 1);
  const hinted = attempts.filter(attempt => {
    const event = {type: 'start-failed', generation: attempt, attempt, ending, ...facts} as const;
    return describeEvent(event).includes('; hint: the program binds the port itself');
  });
  t.deepEqual(hinted, [1, 11, 21]);
});

test('a worker that takes too much memory is named with what it takes and what is allowed', t => {
  const [bytes, limit] = [1.25 * 1024 ** 3, 512 * 1024 ** 2];
  t.is(
    describeEvent({type: 'too-heavy', generation: 3, pid: 77, bytes, limit}),
    'generation 3, pid 77, takes 1.3G of memory, more than 512.0M; it is told to finish when its successor is ready',
  );
});
