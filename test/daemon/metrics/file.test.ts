import {setImmediate} from 'node:timers/promises';
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
    render: () => Promise.resolve('text'),
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
    /** Lets the time come for which the timer is set; resolves when the file is written. */
    pass: async () => {
      seen.now = Math.max(seen.now, seen.timer ?? Number.NaN);
      onTime();
      await setImmediate();
    },
  };
}

test('the events of one turn are written once, and the next write comes a second later', async t => {
  const {touch, pass, seen} = kept();
  touch();
  touch();
  t.deepEqual(seen.writes, []);
  await pass();
  seen.now += 10;
  touch();
  touch();
  t.is(seen.timer, 50_000 + LEAST_MS);
  await pass();
  t.deepEqual(seen.writes, [50_000, 51_000]);
});

test('without events it is written every 15 seconds', async t => {
  const {touch, pass, seen} = kept();
  t.is(seen.timer, null);
  touch();
  await pass();
  await pass();
  await pass();
  t.deepEqual(seen.writes, [50_000, 50_000 + MOST_MS, 50_000 + 2 * MOST_MS]);
});

test('each failed write raises the problem, and a successful one solves it', async t => {
  const {touch, pass, seen, failWith} = kept();
  touch();
  for (const cause of ['ENOSPC', 'ENOSPC', null, 'EIO', 'EIO']) {
    failWith(cause);
    await pass();
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

test('at the end no timer is left, and the file is removed', t => {
  const {touch, dispose, seen, removed} = kept();
  touch();
  dispose();
  t.is(seen.timer, null);
  t.is(removed(), 1);
});

test('what happens while the text is made is written a second later, and two texts are never made at once', async t => {
  const {touch, pass, seen} = kept();
  touch();
  const writing = pass();
  touch();
  touch();
  await writing;
  t.is(seen.timer, 50_000 + LEAST_MS);
  await pass();
  t.deepEqual(seen.writes, [50_000, 51_000]);
  t.is(seen.timer, 51_000 + MOST_MS);
});

test('nothing is written when the end comes while the text is made', async t => {
  const {touch, pass, dispose, seen} = kept();
  touch();
  const writing = pass();
  dispose();
  await writing;
  t.deepEqual(seen.writes, []);
  t.is(seen.timer, null);
});
