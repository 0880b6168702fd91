/** Workers that are no children of ssd, by their pid descriptors. The test's own children stand in for them. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test, {type ExecutionContext} from 'ava';
import {holdAdopted} from '../../../src/daemon/adoption/adopted-workers.js';
import {openPid} from '../../../src/daemon/system/posix-process.js';
import type {Ending} from '../../../src/shared/protocol/event.js';
import {watched} from '../../helpers/mailbox.js';
import {alive, closedTo, openIn} from '../../helpers/processes.js';

/** Its child ignores SIGTERM, and tells its pid. */
const GROUP = `sh -c 'trap "" TERM; echo $$; exec sleep 600' <&- & read line || true`;
const ADDRESS = {generation: 2, worker: 0};

test.serial('the end of a worker is seen, and after it nothing is signalled', async t => {
  const {pid, ended, held} = await hold(t, 'read line; exit 3', child => child.stdin?.end('\n'));
  const {ending} = await ended;
  // The kernel tells how since Linux 6.15.
  t.true(
    ending.type === 'unknown' || (ending.type === 'exited' && ending.code === 3),
    JSON.stringify(ending),
  );
  t.is(held.handFor(pid), null);
  t.is(held.handOf(ADDRESS)?.signal(pid, 'TERM'), null);
  held.dispose();
});

test.serial('a worker is signalled and killed, and others are not reached', async t => {
  const {pid, ended, held} = await hold(t, 'trap "" TERM; echo; read line; read line');
  t.is(held.handOf({generation: 3, worker: 0}), null);
  t.is(held.handOf(ADDRESS)?.signal(pid, 'TERM'), null);
  t.is(held.handFor(pid)?.kill(pid), null);
  t.deepEqual((await ended).address, ADDRESS);
  held.dispose();
});

test.serial(
  'the group of a worker ends with it: signals reach what is left, and then it is gone',
  async t => {
    const {pid, child, ended, leaderEnded, held} = await hold(t, GROUP, undefined, true);
    const [line] = await once(child.stdout ?? process.stdin, 'data');
    const member = Number(String(line).trim());
    child.stdin?.end();
    t.like(await watched(leaderEnded, () => 'the end of the leader was not seen'), {type: 'exited', code: 0});
    t.true(alive(member));
    t.is(held.handOf(ADDRESS)?.signal(pid, 'TERM'), null);
    t.true(alive(member), 'it ignores the signal');
    t.is(held.handOf(ADDRESS)?.kill(pid), null);
    t.deepEqual((await ended).address, ADDRESS);
    t.false(alive(member));
    held.dispose();
  },
);

test.serial('when ssd ends, its workers live on, and nothing stays open', async t => {
  const before = openIn('self');
  const {child, held} = await hold(t, 'echo; read line');
  held.dispose();
  t.is(child.exitCode, null);
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
  await closedTo('self', before);
  t.pass();
});

async function hold(
  t: ExecutionContext,
  script: string,
  then = (_: ReturnType<typeof spawn>) => {},
  hasGroup = false,
) {
  const child = spawn('sh', ['-c', script], {stdio: ['pipe', 'pipe', 'ignore'], detached: hasGroup});
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  if (script.includes('echo') && !hasGroup) await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  let tell = (_: {address: typeof ADDRESS; ending: Ending}) => {};
  const ended = new Promise<{address: typeof ADDRESS; ending: Ending}>(resolve => {
    tell = resolve;
  });
  let tellLeader = (_: Ending) => {};
  const leaderEnded = new Promise<Ending>(resolve => {
    tellLeader = resolve;
  });
  const held = holdAdopted([{...ADDRESS, pid, pidFd: openPid(pid), hasGroup}], {
    onEnd: (address, ending) => tell({address, ending}),
    onLeaderEnd: (_, ending) => tellLeader(ending),
    onFailed: error => t.fail(String(error)),
  });
  then(child);
  return {
    child,
    pid,
    held,
    leaderEnded,
    ended: watched(ended, () => 'the end was not seen'),
  };
}
