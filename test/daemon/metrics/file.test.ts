import test from 'ava';
import {keepMetricsFile, LEAST_MS, MOST_MS} from '../../../src/daemon/metrics/file.js';

/** A metrics file with a clock and a disk of the test's own. */
function kept() {
  const seen = {now: 50_000, timer: null as number | null, writes: [] as number[], met: [] as string[]};
  let cause: string | null = null;
  let onTime = () => {};
  let removed = 0;
  const file = keepMetricsFile({
    path: '/m',
    render: () => 'text',
    file: {
      replace: () => {
        seen.writes.push(seen.now);
        return cause;
      },
      remove: () => {
        removed += 1;
      },
    },
    problems: {
      raise: ({code, subject, cause}) => seen.met.push(`${code} ${subject} ${cause}`),
      solve: (code, subject) => seen.met.push(`${code} ${subject} solved`),
    },
    createClock: fire => {
      onTime = fire;
      const setTimer = (at: number | null) => {
        seen.timer = at;
      };
      return {now: () => seen.now, setTimer, dispose: () => setTimer(null)};
    },
  });
  return {
    ...file,
    seen,
    removed: () => removed,
    failWith: (next: string | null) => {
      cause = next;
    },
    /** Lets the time come for which the timer is set. */
    pass: () => {
      seen.now = Math.max(seen.now, seen.timer ?? Number.NaN);
      onTime();
    },
  };
}

test('what happens in one turn is written once, and the next not before a second', t => {
  const {touch, pass, seen} = kept();
  touch();
  touch();
  t.deepEqual(seen.writes, []);
  pass();
  seen.now += 10;
  touch();
  touch();
  t.is(seen.timer, 50_000 + LEAST_MS);
  pass();
  t.deepEqual(seen.writes, [50_000, 51_000]);
});

test('where nothing happens it is written every 15 seconds', t => {
  const {touch, pass, seen} = kept();
  t.is(seen.timer, null);
  touch();
  pass();
  pass();
  pass();
  t.deepEqual(seen.writes, [50_000, 50_000 + MOST_MS, 50_000 + 2 * MOST_MS]);
});

test('each write that fails meets the problem, and one that works solves it', t => {
  const {touch, pass, seen, failWith} = kept();
  touch();
  for (const cause of ['ENOSPC', 'ENOSPC', null, 'EIO', 'EIO']) {
    failWith(cause);
    pass();
  }
  t.is(seen.writes.length, 5);
  t.deepEqual(seen.met, [
    'metrics-file /m ENOSPC',
    'metrics-file /m ENOSPC',
    'metrics-file /m solved',
    'metrics-file /m EIO',
    'metrics-file /m EIO',
  ]);
});

test('at the end there is no timer any more, and the file is removed', t => {
  const {touch, dispose, seen, removed} = kept();
  touch();
  dispose();
  t.is(seen.timer, null);
  t.is(removed(), 1);
});
