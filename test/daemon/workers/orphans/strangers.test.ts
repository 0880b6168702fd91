import test from 'ava';
import {collectStrangers, type Kernel, LOOKED_AT} from '../../../../src/daemon/workers/orphans/strangers.js';

/** A process table in the kernel's order. What the collector does in each turn of the event loop is noted. */
function table(zombies: readonly number[], own: readonly number[] = []) {
  const ended = new Set(zombies);
  const living = new Set(own);
  const collected: number[] = [];
  let calls = 0;
  const kernel: Kernel = {
    ended: () => [...ended][0] ?? null,
    hasEnded: pid => {
      calls++;
      return ended.has(pid);
    },
    collect: pid => {
      calls++;
      collected.push(pid);
      return ended.delete(pid);
    },
    processes: () => [...ended],
  };
  const strangers = collectStrangers(living, kernel);
  const turn = async () => {
    calls = 0;
    await new Promise(setImmediate);
    return calls;
  };
  return {ended, living, collected, kernel, strangers, turn};
}

test('ten thousand orphans are collected, a few calls a turn', async t => {
  const orphans = Array.from({length: 10_000}, (_, nth) => 100 + nth);
  const {ended, collected, strangers, turn} = table(orphans);
  strangers.look();
  let most = 0;
  while (ended.size > 0) most = Math.max(most, await turn());
  t.deepEqual(collected, orphans);
  t.true(most <= 2, `${most}`);
});

test('ten thousand orphans behind a leader that is not collected are collected, a bounded number a turn', async t => {
  const orphans = Array.from({length: 10_000}, (_, nth) => 100 + nth);
  const {ended, collected, strangers, turn} = table([7, ...orphans], [7]);
  strangers.look();
  let most = 0;
  while (ended.size > 1) most = Math.max(most, await turn());
  t.deepEqual(collected, orphans);
  t.true(most <= 3 * LOOKED_AT, `${most}`);
  t.deepEqual([...ended], [7]);
});

test('a child that Node collects itself is left to it', async t => {
  const {ended, collected, strangers, turn} = table([5, 6]);
  strangers.look();
  await turn();
  t.deepEqual(collected, []);
  ended.delete(5);
  await turn();
  await turn();
  await turn();
  t.deepEqual(collected, [6]);
});

test('an own child that ends meanwhile is not collected here', async t => {
  const {living, collected, strangers, turn} = table([5]);
  strangers.look();
  await turn();
  living.add(5);
  await turn();
  await turn();
  t.deepEqual(collected, []);
});

test('what ends while all processes are looked at is found by another look', async t => {
  const {ended, collected, strangers, turn} = table(
    [7, ...Array.from({length: 600}, (_, nth) => 100 + nth)],
    [7],
  );
  strangers.look();
  await turn();
  ended.add(9000);
  strangers.look();
  while (ended.size > 1) await turn();
  t.is(collected.at(-1), 9000);
});

test('one that cannot be collected is tried once for each look', async t => {
  const {kernel, turn} = table([5]);
  let tried = 0;
  const collect = () => {
    tried++;
    return false;
  };
  const strangers = collectStrangers(new Map(), {...kernel, collect});
  strangers.look();
  for (let turns = 0; turns < 10; turns++) await turn();
  t.is(tried, 1);
});
