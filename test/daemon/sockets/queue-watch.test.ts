/** A queue that nobody empties is distinguished from one that is merely not empty at the moment of a look. */
import test from 'ava';
import {createQueueWatch, STUCK_MS} from '../../../src/daemon/sockets/queue-watch.js';

test('a queue that does not become shorter is stuck after a time', t => {
  const queues = createQueueWatch();
  queues.note('a', 1, 0);
  queues.note('a', 3, STUCK_MS - 1);
  t.deepEqual(queues.stuck(STUCK_MS - 1, STUCK_MS), []);
  t.deepEqual(queues.stuck(STUCK_MS, STUCK_MS), ['a']);
});

test('a queue that becomes shorter, or empty, is not stuck', t => {
  const queues = createQueueWatch();
  for (const [key, waiting] of [
    ['shorter', 1],
    ['empty', 0],
  ] as const) {
    queues.note(key, 2, 0);
    queues.note(key, waiting, STUCK_MS - 1);
    queues.note(key, 2, STUCK_MS);
  }
  t.deepEqual(queues.stuck(STUCK_MS, STUCK_MS), []);
  t.true(queues.isSuspicious());
});

test('a queue that was reported once is reported until it moves, to everybody who asks', t => {
  const queues = createQueueWatch();
  queues.note('a', 2, 0);
  t.deepEqual(queues.stuck(1000, 1000), ['a']);
  queues.note('a', 2, 1500);
  t.deepEqual(queues.stuck(1500, STUCK_MS), ['a']);
  queues.note('a', 0, 1600);
  t.deepEqual(queues.stuck(9000, STUCK_MS), []);
  t.false(queues.isSuspicious());
});
