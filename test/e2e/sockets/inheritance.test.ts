import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import test from 'ava';
import {until} from '../../../src/shared/client/patience.js';
import {createRig, SERVER, SSD} from '../../helpers/rig.js';

test('a worker ignores SIGPIPE, as under start_server, and no other signal is changed or blocked', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([], ['sh', '-c', 'grep -E "Sig(Blk|Ign)" /proc/self/status >&2; sleep 1000']);
  t.regex(await ssd.line(/SigBlk/), /0{16}/);
  // Above signal 31 are glibc's own two, which its posix_spawn ignores in every child.
  t.regex(await ssd.line(/SigIgn/), /[08]0001000$/);
});

test('standard output and error that are pipes stay blocking for the workers', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([], ['sh', '-c', 'grep flags /proc/self/fdinfo/1 /proc/self/fdinfo/2 >&2; sleep 1000']);
  t.regex(await ssd.line(/fdinfo\/1:flags/), /flags:\s*0[12]$/);
  t.regex(await ssd.line(/fdinfo\/2:flags/), /flags:\s*0[12]$/);
});

test('as PID 1 ssd collects the orphans that are left to it', async t => {
  const rig = await createRig(t);
  const {code: mayUnshare} = await rig.run(['unshare', '-pf', '--mount-proc', 'true']);
  if (mayUnshare !== 0) {
    t.log('skipped: no right to make a PID namespace');
    t.false('CI' in process.env, 'unshare -pf must work in CI');
    return;
  }
  const command = [process.execPath, SSD, `--control=${rig.control}`, '--', ...SERVER];
  const unshare = rig.start(['unshare', '-pf', '--kill-child', '--mount-proc', ...command]);
  const worker = await rig.conductor.nextWorker();
  const [ssd = ''] = childrenOf(unshare.pid);
  // The worker has done this when the parents of all five have ended, and so they are left to ssd.
  await worker.run('for i in 1 2 3 4 5; do (sh -c "exit 0" & ) ; done');
  await soon(() => childrenOf(ssd).length === 1);
  t.pass();
});

/** The children of a process, zombies among them (proc(5)). */
function childrenOf(pid: number | string): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean);
}

/** The end of a child is no event for anybody but its parent. */
const soon = (isSo: () => boolean) =>
  until(isSo, 20_000, {code: 'still-waiting', goal: 'ready', seconds: 20});

/** Not in sh: dash collects a child as soon as that has ended. */
const WITH_A_ZOMBIE = `
exit 0 unless my $pid = fork;
for (my $state = ''; $state ne 'Z';) { open my $stat, '<', "/proc/$pid/stat"; ($state) = <$stat> =~ /\\) (\\S)/ }
exec @ARGV`;
const BORN_WITH = {
  'ends later': {start: ['sh', '-c', 'read line <fifo & exec "$@"', 'sh'], endsLater: true},
  'has ended before ssd is there': {start: ['perl', '-e', WITH_A_ZOMBIE], endsLater: false},
};
for (const [what, {start, endsLater}] of Object.entries(BORN_WITH)) {
  test(`a child that ssd is born with is collected when it ${what}`, async t => {
    const rig = await createRig(t);
    const command = [process.execPath, SSD, `--control=${rig.control}`, '--ready=fd', '--', ...SERVER];
    await rig.run(['mkfifo', rig.path('fifo')]);
    const ssd = rig.start([...start, ...command]);
    const worker = await rig.conductor.nextWorker();
    // Waits until the child reads.
    if (endsLater) await writeFile(rig.path('fifo'), 'end\n');
    await soon(() => childrenOf(ssd.pid).join() === String(worker.pid));
    t.deepEqual(worker.signals, []);
  });
}
