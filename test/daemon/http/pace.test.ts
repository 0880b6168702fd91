/** The pace of requests, with a clock of the test's own. */
import test from 'ava';
import {createPace} from '../../../src/daemon/http/pace.js';

/** Enters so many acts, each of which takes that long. @returns what is done: at once, and in the end with the time of the last */
async function entered(count: number, tookMs: number) {
  let time = 0;
  const pace = createPace<string>(() => time);
  const done: number[] = [];
  let atOnce = 0;
  await new Promise<void>(resolve => {
    // The timer of the pace alone would not keep this process alive.
    const alive = setInterval(() => {}, 1000);
    for (let nth = 0; nth < count; nth += 1)
      pace.enter('one', () => {
        time += tookMs;
        done.push(nth);
        if (done.length < count) return;
        clearInterval(alive);
        resolve();
      });
    atOnce = done.length;
  });
  return {atOnce, done};
}

test('what comes in one turn is answered a few at a time, in the order in which it came', async t => {
  for (const tookMs of [0, 1, 20]) {
    const {atOnce, done} = await entered(40, tookMs);
    t.is(atOnce, 8);
    t.deepEqual(
      done,
      Array.from({length: 40}, (_, nth) => nth),
    );
  }
});

test('one that comes after all others are through is answered at once', async t => {
  const pace = createPace<number>(() => 0);
  let done = 0;
  for (let nth = 0; nth < 20; nth += 1) {
    pace.enter(nth, () => {
      done += 1;
    });
    t.is(done, nth + 1);
    await new Promise(setImmediate);
  }
});

test('however much the others ask, each has its turn, and who has left is passed over', async t => {
  const pace = createPace<string>(() => 0);
  const done: string[] = [];
  const enter = (client: string) => pace.enter(client, () => void done.push(client));
  const [atOnce, each] = [8, 100];
  for (let nth = 0; nth < each; nth += 1) for (const client of ['greedy', 'gone']) enter(client);
  pace.leave('gone');
  enter('probe');
  const all = each + atOnce / 2 + 1;
  while (done.length < all) await new Promise(setImmediate);
  t.true(done.indexOf('probe') <= atOnce + 1);
  t.is(done.filter(client => client === 'gone').length, atOnce / 2);
});
