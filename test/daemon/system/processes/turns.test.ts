import test from 'ava';
import {createTurns, inTurns} from '../../../../src/daemon/system/processes/turns.js';
import {monotonicMs} from '../../../../src/shared/monotonic.js';

const LONG_MS = 60_000;

function work(ms: number): void {
  const until = monotonicMs() + ms;
  while (monotonicMs() < until);
}

test('others have their turn between the items', async t => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const seen: number[] = [];
  const isWhole = await inTurns(Array(1000).keys(), createTurns(LONG_MS), nth => {
    work(0.1);
    seen.push(nth);
  });
  isOver = true;
  t.true(isWhole);
  t.deepEqual(seen, [...Array(1000).keys()]);
  t.true(turns > 10, `${turns}`);
});

test('what takes longer than its time ends before the last item', async t => {
  let seen = 0;
  const isWhole = await inTurns(Array(1000).keys(), createTurns(1), () => {
    work(0.1);
    seen += 1;
  });
  t.false(isWhole);
  t.true(seen > 0 && seen < 1000, `${seen}`);
  t.true(await inTurns([], createTurns(-1), () => t.fail()), 'nothing needs no time');
});
