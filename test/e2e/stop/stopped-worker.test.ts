/** A stopped worker (SIGSTOP, SIGTTIN) serves nobody: ssd shows it, and continues it when it is told to finish. */
import {writeFileSync} from 'node:fs';
import test from 'ava';
import {restart, status, stop} from '../../helpers/clients/control.js';
import {alive} from '../../helpers/processes.js';
import {needs} from '../../helpers/programs.js';
import {createRig, INSTALLED} from '../../helpers/rig.js';

test('a worker that is stopped is a problem until it goes on, and shows as stopped', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  process.kill(worker.pid, 'SIGSTOP');
  await ssd.line(
    /warning: generation 1, pid \d+, was stopped by SIGSTOP and does nothing; SIGCONT continues it/,
  );
  t.like(await status(rig), {
    generations: [{workers: [{phase: 'ready', stopped: true}]}],
    problems: [{code: 'worker-stopped', subject: `generation 1, pid ${worker.pid}`, cause: 'SIGSTOP'}],
  });
  t.regex((await rig.ssctl(['status'])).stdout, / ready .*stopped by a signal$/m);
  process.kill(worker.pid, 'SIGCONT');
  await ssd.line(/resolved after \S+: generation 1, pid \d+, was stopped/);
  t.like(await status(rig), {generations: [{workers: [{stopped: false}]}], problems: []});
});

for (const group of [[], ['--kill-group']]) {
  test(`a stopped worker finishes when it is replaced ${group.join()}`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--interval=0.1', ...group]);
    const worker = await rig.conductor.nextWorker();
    await ssd.line(/generation 1 is ready/);
    process.kill(worker.pid, 'SIGSTOP');
    await ssd.line(/was stopped by SIGSTOP/);
    t.like(await restart(rig), {verdict: 'completed', replaced: [1]});
    t.false(alive(worker.pid));
    await ssd.line(/resolved after \S+: generation 1, pid \d+, was stopped/);
    await stop(rig);
    t.is((await ssd.exit()).code, 0);
  });
}

test('the end of a stopped worker that is killed ends the problem', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  process.kill(worker.pid, 'SIGSTOP');
  await ssd.line(/was stopped by SIGSTOP/);
  process.kill(worker.pid, 'SIGKILL');
  await ssd.line(/resolved after \S+: generation 1, pid \d+, was stopped/);
  t.like(await status(rig), {problems: []});
});

/** Runs a command on a terminal of its own until it ends. */
const TERMINAL = `import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
try:
    while True:
        data = os.read(fd, 65536)
        if not data: break
        os.write(2, data)
except OSError: pass
os.waitpid(pid, 0)
`;

needs('python3')(
  'a worker that reads from the terminal in the background is stopped by it, and stop ends it',
  async t => {
    const rig = await createRig(t);
    writeFileSync(rig.path('terminal.py'), TERMINAL);
    // The shell reads the terminal. SIGTERM ends it once it continues.
    const command = ['sh', '-c', 'read -r line; exec sleep 1000'];
    const ssd = ['--kill-group', '--interval=0.1', `--control=${rig.control}`, '--', ...command];
    const terminal = rig.start(['python3', rig.path('terminal.py'), INSTALLED.ssd, ...ssd]);
    await terminal.line(/was stopped by SIGTTIN and does nothing: it uses the terminal, from the background/);
    await stop(rig);
    t.is((await terminal.exit()).code, 0);
  },
);
