/**
 * `ssd --restart`, `--stop` and what a dead ssd has left, where pid descriptors are unknown or denied, as strace(1) makes them
 * appear: kernels before 5.3, gVisor, seccomp filters of older container runtimes.
 */
import {readFileSync} from 'node:fs';
import {needs} from '../helpers/programs.js';
import {ask, boundPort, createRig, SERVER, SSD} from '../helpers/rig.js';

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

const UNADOPTED = [
  ['pidfd_open:error=ENOSYS', /pid \d+ \(\S+\) of generation 1 is not taken over: .*ENOSYS.*kill \d+/],
  ['pidfd_open:error=EMFILE', /pid \d+ \(\S+\) of generation 1 is not taken over: .*EMFILE.*kill \d+/],
  ['pidfd_send_signal:error=EPERM', /pid \d+ \(\S+\) of generation 1 is not taken over: .*EPERM.*kill \d+/],
  ['pidfd_getfd:error=EPERM', /tcp \S+ is not taken over from pid \d+ \(\S+\): .*EPERM.*CAP_SYS_PTRACE/],
  ['pidfd_getfd:error=EMFILE', /tcp \S+ is not taken over from pid \d+ \(\S+\): .*EMFILE/],
] as const;

for (const [fault, says] of UNADOPTED) {
  needs('strace')(`with ${fault} what a dead ssd has left is named, and left for the next start`, async t => {
    const rig = await createRig(t);
    const first = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
    const port = await boundPort(first);
    const old = await rig.conductor.nextWorker();
    await old.write(4, '\n');
    await first.line(/generation 1 is ready/);
    await rig.ssctl(['status']);
    first.kill('SIGKILL');
    await first.exit();
    const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${fault}`, process.execPath, SSD];
    const args = [`--control=${rig.control}`, `--port=127.0.0.1:${port}`, '--ready=fd', '--', ...SERVER];
    const refused = await rig.run([...inject, ...args]);
    t.is(refused.code, 1);
    t.regex(refused.stderr, says);
    t.regex(refused.stderr, /EADDRINUSE/);
    t.deepEqual(await ask(port), {generation: 1, pid: old.pid});
    t.deepEqual(old.signals, []);
    const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--ready=fd']);
    await ssd.line(new RegExp(`generation 1 is taken over .* pid ${old.pid}`));
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
