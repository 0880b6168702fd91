import test, {type ExecutionContext} from 'ava';
import {createHold, type Ready} from '../../../../src/daemon/workers/readiness/hold.js';
import {waitsForWork} from '../../../../src/daemon/workers/readiness/waits-for-work.js';
import {Mailbox} from '../../../helpers/mailbox.js';
import {createRig} from '../../../helpers/rig.js';

const ADDRESS = {generation: 3, worker: 1};
const READY = {type: 'ready', now: 0, ...ADDRESS} as const;
const PATIENCE_MS = 15;

/** Time passes only when a test says so. */
function holding(t: ExecutionContext) {
  const clock = {ms: 0};
  const all: Ready[] = [];
  const passed = new Mailbox<Ready>('a message that is passed on');
  const looked = new Mailbox<true>('a look at the worker');
  const now = () => {
    looked.put(true);
    return clock.ms;
  };
  const hold = createHold({
    now,
    children: {collect: () => {}} as never,
    submit: ready => {
      all.push(ready);
      passed.put(ready);
    },
  });
  t.teardown(hold.dispose);
  return {hold, clock, passed, all, looked};
}

const WAITING: Readonly<Record<string, readonly string[]>> = {
  'a server in Node': [process.execPath, '-e', 'require("net").createServer().listen(0)'],
  'a server in Perl': [
    'perl',
    '-MSocket',
    '-e',
    'socket S,2,1,0; bind S,sockaddr_in(0,INADDR_ANY); listen S,1; accept C,S',
  ],
  'a program that reads messages': [
    'perl',
    '-MSocket',
    '-e',
    'socket S,2,2,0; bind S,sockaddr_in(0,INADDR_ANY); recv S,$x,9,0',
  ],
  'a program that sleeps': ['sleep', '1000'],
};
for (const [title, command] of Object.entries(WAITING)) {
  test(`${title} is ready as soon as it waits for work`, async t => {
    const rig = await createRig(t);
    const {hold, passed} = holding(t);
    hold.onSpawned(ADDRESS, rig.start(command).pid);
    hold.put(READY);
    t.like(await passed.take(), ADDRESS);
  });
}

test('a worker that does something else is ready when its time is over', async t => {
  const rig = await createRig(t);
  const {hold, clock, passed, all, looked} = holding(t);
  hold.onSpawned(ADDRESS, rig.start(['perl', '-e', '1 while 1']).pid);
  hold.put(READY);
  for (let look = 0; look < 5; look += 1) await looked.take();
  t.is(all.length, 0);
  clock.ms = PATIENCE_MS;
  t.like(await passed.take(), {...ADDRESS, now: PATIENCE_MS});
});

test('what a worker says that has ended does not count', async t => {
  const {hold, clock, all, looked} = holding(t);
  hold.put(READY);
  hold.forget(ADDRESS);
  clock.ms = PATIENCE_MS;
  hold.releaseAll();
  t.is(all.length, 0);
  await looked.take();
});

test('before a deadline that has passed, all that was said counts, once', async t => {
  const {hold, all} = holding(t);
  hold.put(READY);
  hold.put(READY);
  hold.releaseAll();
  hold.releaseAll();
  t.is(all.length, 1);
});

test('a process that is gone waits for nothing', t => {
  t.false(waitsForWork(2 ** 22));
});
