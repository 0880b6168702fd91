/** The watchdog of the tests. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {watched} from './helpers/mailbox.js';

test('the watchdog counts only time in which the test could hear', async t => {
  const child = spawn('echo', ['heard'], {stdio: ['ignore', 'pipe', 'ignore']});
  const heard = watched(once(child.stdout, 'data'), () => 'nothing was heard', 400);
  // Another test of the same file holds up the event loop.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  t.is(String(await heard), 'heard\n');
});

test('what never comes is told by the watchdog', async t => {
  await t.throwsAsync(
    watched(new Promise(() => {}), () => 'nothing was heard', 20),
    {message: 'nothing was heard'},
  );
});
