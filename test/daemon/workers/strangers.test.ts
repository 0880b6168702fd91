/** Children of this process that ssd has not started, and ends that the kernel does not tell. */
import test, {type ExecutionContext} from 'ava';
import {collectChild, endedChild, spawnProcess} from '../../../src/daemon/system/posix-process.js';
import {type Children, watchChildren} from '../../../src/daemon/workers/children.js';
import {until} from '../../../src/shared/client/patience.js';
import {hasEnded} from '../../../src/shared/process-stat.js';

const END_AT_ONCE = {
  path: '/bin/sh',
  argv: ['sh', '-c', 'exit 3'],
  env: {},
  directory: null,
  descriptors: [],
};

function watch(t: ExecutionContext, alone: boolean): Children {
  const children = watchChildren(alone);
  // A signal does not keep a Node process waiting for it.
  const stay = setInterval(() => {}, 60_000);
  t.teardown(() => {
    clearInterval(stay);
    children.dispose();
  });
  return children;
}

/** Returns when it has ended. */
async function stranger(): Promise<number> {
  const pid = spawnProcess(END_AT_ONCE);
  await until(() => hasEnded(pid), 20_000, {code: 'still-waiting', goal: 'ready', seconds: 20});
  return pid;
}

test.serial('a child that nobody here has started is left to those who share the process', async t => {
  const children = watch(t, false);
  const pid = await stranger();
  children.collect();
  t.is(endedChild(), pid);
  t.is(collectChild(pid), 3 << 8);
});

test.serial(
  'a child that nobody here has started is collected where ssd has the process for itself',
  async t => {
    const pid = await stranger();
    const children = watch(t, true);
    children.collect();
    t.is(endedChild(), null);
    t.is(collectChild(pid), 'lost');
  },
);

test.serial('one that has ended is heard of beside a stranger that is left alone', async t => {
  const children = watch(t, false);
  const pid = await stranger();
  const ending = await new Promise(resolve => children.spawn({...END_AT_ONCE, onExit: resolve}));
  t.deepEqual(ending, {type: 'exited', code: 3});
  t.is(collectChild(pid), 3 << 8);
});

test.serial('what has ended before anybody watched is collected without a signal', async t => {
  const pid = await stranger();
  watch(t, true);
  await new Promise(setImmediate);
  t.is(collectChild(pid), 'lost');
});
