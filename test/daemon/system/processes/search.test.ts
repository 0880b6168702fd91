import test from 'ava';
import {searchProcesses} from '../../../../src/daemon/system/processes/search.js';
import {monotonicMs} from '../../../../src/shared/monotonic.js';

const even = (pid: number) => (pid % 2 === 0 ? `process ${pid}` : null);
const pids = [1, 2, 3, 4, 5, 6];
const LONG_MS = 60_000;

test('what is found is told in the order of the processes', async t => {
  const found = ['process 2', 'process 4', 'process 6'];
  t.deepEqual(await searchProcesses(pids, even, {most: 3, longestMs: LONG_MS}), {found, isWhole: true});
  t.deepEqual(await searchProcesses([], even, {most: 3}), {found: [], isWhole: true});
});

test('a search that ends at a limit is not whole', async t => {
  const found = ['process 2', 'process 4'];
  t.deepEqual(await searchProcesses(pids, even, {most: 2, longestMs: LONG_MS}), {found, isWhole: false});
  t.deepEqual(await searchProcesses(pids, even, {most: 3, longestMs: -1}), {found: [], isWhole: false});
});

test('the event loop runs between two slices', async t => {
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  const slow = () => {
    const until = monotonicMs() + 10;
    while (monotonicMs() < until);
    return turns;
  };
  const {found} = await searchProcesses(pids, slow, {most: 100, longestMs: LONG_MS});
  clearInterval(ticking);
  t.true((found.at(-1) ?? 0) >= 2, found.join());
});
