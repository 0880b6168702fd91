import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {until, within} from '../../../src/shared/client/patience.js';
import {type Failure, Refusal} from '../../../src/shared/words/errors.js';

const FAILURE: Failure = {code: 'timed-out', verb: 'stop', seconds: 1};
const never = new Promise<never>(() => {});

/** The failure of a refused promise. */
async function failureOf(promise: Promise<unknown>): Promise<Failure | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
}

test('a result that comes in time is the answer, and so is an error', async t => {
  t.is(await within(Promise.resolve(7), 60_000, FAILURE), 7);
  t.is(await within(Promise.resolve(7), null, FAILURE), 7);
  t.is(await within(Promise.resolve(7), 0, FAILURE), 7);
  await t.throwsAsync(within(Promise.reject(new Error('broken')), 60_000, FAILURE), {message: 'broken'});
});

test('the named failure comes when the time is over, and not sooner', async t => {
  const start = performance.now();
  t.deepEqual(await failureOf(within(never, 30, FAILURE)), FAILURE);
  t.true(performance.now() - start >= 29);
});

test('a wait beyond what a timer of Node can take does not end at once', async t => {
  for (const ms of [2 ** 31, Number.MAX_SAFE_INTEGER]) {
    const slow = new Promise<string>(resolve => setTimeout(() => resolve('answer'), 20));
    t.is(await within(slow, ms, FAILURE), 'answer');
  }
});

test('an answer that has arrived while this process was stopped counts, though the time is over', async t => {
  const child = spawn('echo', ['answer'], {stdio: ['ignore', 'pipe', 'ignore']});
  const answer = within(once(child.stdout, 'data'), 100, FAILURE);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  t.is(String(await answer), 'answer\n');
});

test('a condition that holds already is not waited for, even with no time left', async t => {
  t.is(await failureOf(until(() => true, 0, FAILURE)), null);
});

test('a condition that becomes true is noticed', async t => {
  let looks = 0;
  const third = () => {
    looks += 1;
    return looks === 3;
  };
  t.is(await failureOf(until(third, null, FAILURE)), null);
  t.is(looks, 3);
});

test('a condition that stays false is given up, after a last look', async t => {
  let looks = 0;
  const look = () => {
    looks += 1;
    return false;
  };
  const start = performance.now();
  t.deepEqual(await failureOf(until(look, 30, FAILURE)), FAILURE);
  t.true(performance.now() - start >= 29);
  t.true(looks >= 2);
  t.deepEqual(await failureOf(until(look, 0, FAILURE)), FAILURE);
});

test('an error of the look is thrown as it is', async t => {
  const broken = () => {
    throw new Error('broken');
  };
  await t.throwsAsync(until(broken, 60_000, FAILURE), {message: 'broken'});
});
