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
