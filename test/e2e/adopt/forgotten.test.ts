/** Workers that serve without an ssd are never forgotten: the state file that names them stays, and is not written over. */
import {once} from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {alive} from '../../helpers/processes.js';
import {ask, boundPort, createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {orphaned, settled, stateOf, statePath} from './stage.js';

const listOf = async (rig: Rig) => JSON.parse((await rig.ssctl(['list', '--json'])).stdout).instances[0];

for (const [what, listener] of [
  ['that share their port', '--reuse-port'],
  ['without a listener of the new line', '--path=other.sock'],
] as const)
  test(`--adopt=no is refused while workers live ${what}, and the list still shows them`, async t => {
    const {rig, old, port} = await orphaned(t, ['--reuse-port']);
    const left = readFileSync(statePath(rig), 'utf8');
    const line = [listener, ...(listener === '--reuse-port' ? [`--port=127.0.0.1:${port}`] : [])];
    const cause = `ssd: workers of an ssd that has died serve on (pid ${old.pid}), and --adopt=no leaves them alone: end them with ssctl -s ${rig.control} stop --orphans, or start without --adopt=no\n`;
    const args = [`--control=${rig.control}`, ...line, '--adopt=no', '--ready=fd'];
    for (const mode of [['--check'], []]) {
      const {code, stderr} = await rig.runSsd([...args, ...mode, '--', ...SERVER]);
      t.is(code, 1);
      t.true(stderr.endsWith(cause), stderr);
    }
    t.is(readFileSync(statePath(rig), 'utf8'), left);
    t.false(existsSync(rig.path('other.sock')));
    t.like(await listOf(rig), {state: 'orphaned', orphans: [old.pid]});
    t.deepEqual(old.signals, []);
    t.is((await rig.ssctl(['stop', '--orphans'])).code, 0);
    const ssd = rig.ssd([...line, '--adopt=no', '--ready=fd']);
    await ssd.line(/listening on/);
  });

test('the state file of an ssd whose control socket was removed is not written over by another one', async t => {
  const rig = await createRig(t);
  const first = rig.ssd(['--ready=fd']);
  const worker = await rig.conductor.nextWorker();
  await worker.write(3, '\n');
  await first.line(/generation 1 is ready/);
  await settled(rig);
  first.kill('SIGSTOP');
  const left = readFileSync(statePath(rig), 'utf8');
  rmSync(rig.control);
  for (const mode of [['--check'], []]) {
    const {code, stderr} = await rig.runSsd([`--control=${rig.control}`, ...mode, '--', ...SERVER]);
    t.is(code, 1);
    t.regex(
      stderr,
      new RegExp(
        `pid ${first.pid}.* is the ssd of this place, and will put its socket back; choose another --name`,
      ),
    );
  }
  t.is(readFileSync(statePath(rig), 'utf8'), left);
  t.false(existsSync(rig.control));
  first.kill('SIGCONT');
  await first.line(/control socket/);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.false(existsSync(statePath(rig)));
});

test('control sockets `a` and `a.sock` have a state file each', async t => {
  const rig = await createRig(t);
  const port = async (control: string) => {
    const ssd = rig.start([
      INSTALLED.ssd,
      ...[`--control=${control}`, '--port=127.0.0.1:0', '--ready=fd', '--', ...SERVER],
    ]);
    const bound = await boundPort(ssd);
    const worker = await rig.conductor.nextWorker();
    await worker.write(4, '\n');
    await ssd.line(/is ready/);
    await rig.run([INSTALLED.ssctl, '-s', control, 'status']);
    return {ssd, bound, worker};
  };
  const [one, other] = [await port(rig.path('a')), await port(rig.path('a.sock'))];
  for (const {ssd} of [one, other]) {
    ssd.kill('SIGKILL');
    await ssd.exit();
  }
  const again = await port(rig.path('a'));
  t.is(again.bound, one.bound);
  await one.worker.gone;
  t.true(alive(other.worker.pid));
  t.is((await port(rig.path('a.sock'))).bound, other.bound);
  await other.worker.gone;
});

test('the path that no option names any more is removed though no worker lives, unless somebody listens there by now', async t => {
  const rig = await createRig(t);
  const [left, taken] = [rig.path('left.sock'), rig.path('taken.sock')];
  const args = ['--interval=0.2', `--path=${rig.path('kept.sock')}`];
  const first = rig.ssd([...args, `--path=${left}`, `--path=${taken}`]);
  const worker = await rig.conductor.nextWorker();
  await first.line(/generation 1 is ready/);
  await settled(rig);
  first.kill('SIGKILL');
  worker.exit(0);
  await Promise.all([first.exit(), worker.gone]);
  const {ino, dev} = statSync(taken, {bigint: true});
  rmSync(taken);
  const stranger = net.createServer().listen(taken);
  t.teardown(() => stranger.close());
  await once(stranger, 'listening');
  const now = statSync(taken, {bigint: true});
  const text = readFileSync(statePath(rig), 'utf8');
  writeFileSync(statePath(rig), text.replace(`${dev}-${ino}`, `${now.dev}-${now.ino}`));
  const ssd = rig.ssd(args);
  await ssd.line(/generation 1 is ready/);
  t.false(existsSync(left));
  t.true(existsSync(taken));
});

asRoot('a stop that may not end a worker leaves the state file, and the list shows who lives', async t => {
  const rig = await createRig(t);
  const rise = rig.path('rise');
  copyFileSync('/usr/bin/setpriv', rise);
  chmodSync(rise, 0o4755);
  chownSync(rig.directory, STRANGER, STRANGER);
  const program = [rise, '--reuid=0', '--regid=0', '--clear-groups', ...SERVER];
  const args = ['--interval=0.3', '--port=127.0.0.1:0', '--stop-timeout=200ms'];
  const ssd = rig.ssd(args, program, {uid: STRANGER});
  const port = await boundPort(ssd);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['stop'])).code, 1);
  t.is((await ssd.exit()).code, 1);
  t.like(stateOf(rig), {writer: {pid: ssd.pid, startedAt: '0'}});
  const asOwner = {uid: STRANGER};
  const list = async () => JSON.parse((await rig.ssctl(['list', '--json'], asOwner)).stdout).instances[0];
  t.like(await list(), {state: 'orphaned', orphans: [worker.pid]});
  t.deepEqual(await ask(port), {generation: 1, pid: worker.pid});
  worker.exit(0);
  await worker.gone;
  t.is(await list(), undefined);
});
