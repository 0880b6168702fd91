/**
 * `ssd --restart` and `--stop` where pid descriptors are unknown or denied, as strace(1) makes them appear: kernels before 5.3,
 * gVisor, seccomp filters of older container runtimes.
 */
import {readFileSync} from 'node:fs';
import {needs} from '../helpers/programs.js';
import {createRig, SSD} from '../helpers/rig.js';

const FAULTS = [
  'pidfd_open:error=ENOSYS',
  'pidfd_open:error=EPERM',
  'pidfd_send_signal:error=ENOSYS',
  'pidfd_send_signal:error=EPERM',
] as const;

for (const fault of FAULTS) {
  needs('strace')(`with ${fault} the running ssd is restarted and stopped all the same`, async t => {
    const rig = await createRig(t);
    const pidFile = `--pid-file=${rig.path('pid')}`;
    const ssd = rig.ssd([pidFile, `--status-file=${rig.path('status')}`, '--interval=0.1']);
    await ssd.line(/generation 1 is ready/);
    const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${fault}`, process.execPath, SSD];
    // Without the control socket it goes by the signal.
    const restarted = await rig.run([...inject, '--restart', pidFile, `--status-file=${rig.path('status')}`]);
    t.like(restarted, {code: 0, stdout: 'generation 2 serves\n'}, restarted.stderr);
    t.like(await rig.run([...inject, '--stop', pidFile]), {code: 0, stderr: ''});
    t.is((await ssd.exit()).code, 0);
  });
}

needs('strace')('where it cannot be told who holds the pid file, the call that failed is named', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([`--pid-file=${rig.path('pid')}`, '--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const pid = readFileSync(rig.path('pid'), 'utf8').trim();
  const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=pidfd_open:error=EMFILE'];
  const {code, stderr} = await rig.run([
    ...inject,
    process.execPath,
    SSD,
    '--stop',
    `--pid-file=${rig.path('pid')}`,
  ]);
  t.is(code, 1);
  const cause = 'pidfd_open: EMFILE (too many open files)';
  t.is(stderr, `ssd: cannot tell whether pid ${pid} holds pid file ${rig.path('pid')}: ${cause}\n`);
});
