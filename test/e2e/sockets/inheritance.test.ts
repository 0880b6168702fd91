import {readFileSync} from 'node:fs';
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
  const orphans = 'for i in 1 2 3 4 5; do (sh -c "exit 0" & ) ; done; sleep 0.2';
  const list = 'cat /proc/[0-9]*/stat | grep -c ") Z " >&2';
  const script = `${orphans}; echo zombies: >&2; ${list}; sleep 1000`;
  const command = [process.execPath, SSD, `--control=${rig.control}`, '--', 'sh', '-c', script];
  const ssd = rig.start(['unshare', '-pf', '--kill-child', '--mount-proc', ...command]);
  await ssd.line(/zombies:/);
  t.is(await ssd.line(/^\d+$/), '0');
});

const BORN_WITH = {
  'ends later': 'sleep 0.3 & exec "$@"',
  'has ended before ssd is there': 'sleep 0 & sleep 0.1; exec "$@"',
};
for (const [what, script] of Object.entries(BORN_WITH)) {
  test(`a child that ssd is born with is collected when it ${what}`, async t => {
    const rig = await createRig(t);
    const command = [process.execPath, SSD, `--control=${rig.control}`, '--ready=fd', '--', ...SERVER];
    const ssd = rig.start(['sh', '-c', script, 'sh', ...command]);
    const worker = await rig.conductor.nextWorker();
    const children = () => readFileSync(`/proc/${ssd.pid}/task/${ssd.pid}/children`, 'utf8').trim();
    await until(() => children() === String(worker.pid), 20_000, {
      code: 'still-waiting',
      goal: 'ready',
      seconds: 20,
    });
    t.deepEqual(worker.signals, []);
  });
}
