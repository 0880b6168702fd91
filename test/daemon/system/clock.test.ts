import {writeSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {createClock, now, systemNow} from '../../../src/daemon/system/clock.js';
import {pipe} from '../../../src/daemon/system/posix.js';
import {closing} from '../../helpers/adapters/descriptors.js';

/** A clock that writes down when it rang, and how to wait until it does. */
function ringing() {
  const rung: number[] = [];
  let onNext = () => {};
  const clock = createClock(() => {
    rung.push(now());
    onNext();
  });
  const next = () =>
    new Promise<void>(resolve => {
      onNext = resolve;
    });
  return {...clock, rung, next};
}

/** Everything that was due by then has rung before this: timers of one length ring in the order they were set. */
async function later(ms: number): Promise<void> {
  const {setTimer, next} = ringing();
  const rings = next();
  setTimer(now() + ms);
  await rings;
}

test('time is in whole milliseconds and does not go back', t => {
  const times = Array.from({length: 1000}, now);
  t.true(times.every(Number.isInteger));
  t.deepEqual(
    [...times].sort((a, b) => a - b),
    times,
  );
  t.true(Math.abs(systemNow().getTime() - Date.now()) < 1000);
});

test('it rings once, and not before its time', async t => {
  const {setTimer, next, rung} = ringing();
  for (const ms of [1, 2, 7, 20]) {
    const at = now() + ms;
    const rings = next();
    setTimer(at);
    await rings;
    t.true((rung.at(-1) ?? 0) >= at);
  }
  await later(20);
  t.is(rung.length, 4);
});

test('a time that has passed rings soon, but never within the call', async t => {
  const {setTimer, next, rung} = ringing();
  for (const at of [now(), 0, -5, Number.NEGATIVE_INFINITY]) {
    const before = rung.length;
    const rings = next();
    setTimer(at);
    t.is(rung.length, before);
    await rings;
  }
});

test('another time replaces it; null and the end of the clock cancel it', async t => {
  const clocks = [ringing(), ringing(), ringing()] as const;
  for (const {setTimer} of clocks) setTimer(now());
  clocks[0].setTimer(now() + 60_000);
  clocks[1].setTimer(null);
  clocks[2].dispose();
  await later(20);
  for (const {setTimer} of clocks) setTimer(now() + 1);
  for (const {setTimer} of clocks) setTimer(null);
  await later(20);
  t.deepEqual(
    clocks.map(({rung}) => rung.length),
    [0, 0, 0],
  );
});

for (const ms of [2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY]) {
  test(`a wait of ${ms} ms, which Node may not be able to take at once, does not ring at once`, async t => {
    const {setTimer, dispose, rung} = ringing();
    setTimer(now() + ms);
    await later(20);
    t.deepEqual(rung, []);
    dispose();
  });
}

test('what has arrived already counts before a time that has passed', async t => {
  const {readEnd, writeEnd} = pipe();
  const order: string[] = [];
  const socket = new net.Socket({fd: readEnd, readable: true, writable: false});
  t.teardown(() => socket.destroy());
  socket.on('data', () => order.push('data'));
  await later(5);
  await new Promise<void>(resolve => {
    const {setTimer} = createClock(() => {
      order.push('time');
      resolve();
    });
    writeSync(closing(t, writeEnd), 'x');
    setTimer(now());
  });
  t.deepEqual(order, ['data', 'time']);
});
