/** An ssd that starts in strange surroundings: what it cannot be sure of it says, and takes over the rest. */
import {chmodSync} from 'node:fs';
import test from 'ava';
import {alive} from '../../helpers/processes.js';
import {ask, boundPort, createRig, INSTALLED, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {orphaned, settled, stateOf, statusOf} from './stage.js';

asRoot(
  'a listener in another network namespace is left to its worker: the address is another one here',
  async t => {
    const {rig, old, port} = await orphaned(t);
    const ssd = rig.start([
      ...['unshare', '--net', INSTALLED.ssd, `--control=${rig.control}`],
      ...[`--port=0.0.0.0:${port}`, '--interval=0.2', '--', ...SERVER],
    ]);
    await ssd.line(/tcp 127\.0\.0\.1:\d+ is not taken over.*: it is in another network namespace/);
    await ssd.line(new RegExp(`generation 1 is taken over .* pid ${old.pid}`));
    await ssd.line(/restart completed: generation 2 replaced 1/);
    await old.gone;
    t.deepEqual(old.signals, ['SIGTERM']);
  },
);

asRoot('a worker that /proc hides is named, and not forgotten in silence', async t => {
  const rig = await createRig(t);
  for (const path of [rig.directory, rig.conductor.path]) chmodSync(path, 0o777);
  const hidden = 'syscall(157, 4, 0, 0, 0, 0); sleep 600';
  const program = ['perl', '-e', hidden];
  const first = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0'], program, {uid: STRANGER});
  await first.line(/generation 1 is ready/);
  await rig.ssctl(['status']);
  const [worker] = stateOf(rig).generations[0]?.workers ?? [];
  first.kill('SIGKILL');
  await first.exit();
  const hiding = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
  const who = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups'];
  const rights = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  const ssd = rig.start([
    ...['unshare', '--mount', 'sh', '-c', hiding, 'sh', 'setpriv', ...who, ...rights],
    ...[INSTALLED.ssd, `--control=${rig.control}`, '--port=127.0.0.1:0', '--interval=0.1', '--', ...program],
  ]);
  await ssd.line(
    new RegExp(
      `pid ${worker?.pid} of generation 1 is not taken over: a process has this pid, and /proc hides`,
    ),
  );
  t.true(alive(worker?.pid ?? 0));
});

test('a stopped worker is taken over, and ends when it is told: it goes on for that', async t => {
  const {rig, old, port} = await orphaned(t);
  process.kill(old.pid, 'SIGSTOP');
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--stop-timeout=20']);
  t.is(await boundPort(ssd), port);
  const next = await rig.conductor.nextWorker();
  await next.write(4, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  await old.gone;
  t.deepEqual(await ask(port), {generation: 2, pid: next.pid});
});

test('a worker that nobody has collected is gone', async t => {
  const rig = await createRig(t);
  const command = [INSTALLED.ssd, `--control=${rig.control}`, '--interval=0.1', '--port=127.0.0.1:0', '--'];
  // Its parent is no init, and collects nothing.
  const keeper = rig.start(['perl', '-e', `${SUBREAPER}; system @ARGV; sleep 600`, ...command, ...SERVER]);
  const port = await boundPort(keeper);
  const old = await rig.conductor.nextWorker();
  await keeper.line(/generation 1 is ready/);
  await settled(rig);
  process.kill(stateOf(rig).writer.pid, 'SIGKILL');
  old.exit(0);
  await old.gone;
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--ready=fd']);
  await ssd.line(/nothing is taken over by state file .*: none of its workers lives/);
  t.is((await rig.conductor.nextWorker()).generation, 1);
});

const SUBREAPER = 'syscall(157, 36, 1, 0, 0, 0)';

test('a listener that the worker has closed is bound anew', async t => {
  const rig = await createRig(t);
  const closing = ['perl', '-e', 'require POSIX; POSIX::close(3); print STDERR "closed\n"; sleep 600'];
  const first = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0'], closing);
  const port = await boundPort(first);
  await first.line(/^closed/);
  await first.line(/generation 1 is ready/);
  await settled(rig);
  first.kill('SIGKILL');
  await first.exit();
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--interval=0.1'], closing);
  await ssd.line(
    /tcp 127\.0\.0\.1:\d+ is not taken over: no worker holds it any more; it is bound anew if an option names it$/,
  );
  await ssd.line(/generation 1 is taken over/);
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.is((await statusOf(rig)).current, 2);
});
