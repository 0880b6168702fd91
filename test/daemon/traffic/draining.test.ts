import test from 'ava';
import {createDraining} from '../../../src/daemon/traffic/draining.js';
import type {Ending} from '../../../src/shared/protocol/event.js';

const EXITED: Ending = {type: 'exited', code: 0};
const KILLED: Ending = {type: 'signalled', signal: 'SIGKILL'};

const telling = (generation: number, ...pids: number[]) =>
  ({type: 'telling', generation, pids, signal: 'TERM'}) as const;
const finished = (generation: number, pid: number, ending: Ending) =>
  ({type: 'finished', generation, pid, ending}) as const;

test('what was open at the last look before the order counts, and what was left before a death by a signal is cut', t => {
  const draining = createDraining();
  draining.note(
    new Map([
      [10, 9],
      [11, 4],
    ]),
  );
  draining.note(
    new Map([
      [10, 5],
      [11, 4],
    ]),
  );
  draining.hear(telling(1, 10, 11));
  draining.note(
    new Map([
      [10, 2],
      [11, 3],
    ]),
  );
  t.is(draining.of([1]), null, 'it has not gone');
  draining.hear(finished(1, 10, EXITED));
  draining.hear(finished(1, 11, KILLED));
  t.deepEqual(draining.of([1]), {open: 9, ended: 6});
});

test('connections that came in after the order are not among those that were open', t => {
  const draining = createDraining();
  draining.note(new Map([[10, 1]]));
  draining.hear(telling(1, 10));
  draining.note(new Map([[10, 7]]));
  draining.hear(finished(1, 10, KILLED));
  t.deepEqual(draining.of([1]), {open: 1, ended: 0});
});

test('the first look may come after the order; without any look nothing is known', t => {
  const draining = createDraining();
  draining.hear(telling(1, 10));
  draining.note(new Map([[10, 3]]));
  draining.hear(finished(1, 10, EXITED));
  draining.hear(telling(2, 20));
  draining.hear(finished(2, 20, EXITED));
  t.deepEqual(draining.of([1]), {open: 3, ended: 3});
  t.is(draining.of([2]), null);
  t.is(draining.of([1, 2]), null);
  t.is(draining.of([3]), null, 'it was not told');
});

test('a worker that is killed without having been told has been told by that', t => {
  const draining = createDraining();
  draining.note(new Map([[10, 2]]));
  draining.hear({type: 'killing', generation: 1, pids: [10]});
  draining.hear(finished(1, 10, KILLED));
  t.deepEqual(draining.of([1]), {open: 2, ended: 0});
});
