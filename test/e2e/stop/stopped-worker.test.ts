/** A stopped worker (SIGSTOP, SIGTTIN) serves nobody: ssd shows it, and continues it when it is told to finish. */
import {writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {restart, status, stop} from '../../helpers/clients/control.js';
import {alive} from '../../helpers/processes.js';
import {needs} from '../../helpers/programs.js';
import {createRig, INSTALLED} from '../../helpers/rig.js';

/** An ssd whose only worker is stopped, and known to be. */
async function withStopped(t: ExecutionContext) {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  process.kill(worker.pid, 'SIGSTOP');
  await ssd.line(/was stopped by SIGSTOP/);
  return {rig, ssd, worker};
}

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
  process.kill(worker.pid, 'SIGCONT');
  await ssd.line(/resolved after \S+: generation 1, pid \d+, had been stopped by SIGSTOP$/);
  t.like(await status(rig), {generations: [{workers: [{stopped: false}]}], problems: []});
});

test('a generation whose workers are stopped does not serve, for any command', async t => {
  const {rig, worker} = await withStopped(t);
  const seen = await rig.ssctl(['status']);
  t.is(seen.code, 1);
  t.regex(seen.stdout, /^wanted +running, 0 of 1 ready$/m);
  t.regex(seen.stdout, / stopped .*stopped by a signal$/m);
  t.is(
    seen.stderr,
    'ssctl: no generation of perl serves now: the workers of generation 1 are stopped by a signal; SIGCONT continues them\n',
  );
  t.regex((await rig.ssctl(['list'])).stdout, / 1 +0\/1 +stalled /);
  t.regex((await rig.ssctl(['metrics'])).stdout, /^ssd_current_generation\{.*\} 0$/m);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=0.2'])).code, 4);
  const waiting = rig.ssctl(['wait', 'ready']);
  process.kill(worker.pid, 'SIGCONT');
  t.is((await waiting).code, 0);
  t.regex((await rig.ssctl(['list'])).stdout, / 1 +1\/1 +running/);
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
    await ssd.line(/resolved after \S+: generation 1, pid \d+, had been stopped by SIGSTOP$/);
    await stop(rig);
    t.is((await ssd.exit()).code, 0);
  });
}

test('the end of a stopped worker that is killed ends the problem', async t => {
  const {rig, ssd, worker} = await withStopped(t);
  process.kill(worker.pid, 'SIGKILL');
  await ssd.line(/resolved after \S+: generation 1, pid \d+, had been stopped by SIGSTOP$/);
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
