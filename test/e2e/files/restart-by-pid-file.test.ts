/** `ssd --restart` uses the control socket if there is one, otherwise SIGHUP and the status file. */
import {chmodSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {restartByPidFile} from '../../../src/daemon/modes/manage.js';
import {ask, createRig, type Rig, type Running, SERVER, SSD, type StartOptions} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const files = (rig: Rig) => [`--pid-file=${rig.path('pid')}`, `--status-file=${rig.path('status')}`];

const restart = (rig: Rig, args: readonly string[], options?: StartOptions) =>
  rig.runSsd(['--restart', `--pid-file=${rig.path('pid')}`, ...args], options);

/** For --ready=fd, by which a release that ends at once has failed, however busy the machine. */
const serves = `[ "$SSD_READY_FD" ] && echo >&"$SSD_READY_FD"; exec ${SERVER.join(' ')}`;

/** The fixture server; once the file `broken` is there, a release that fails. */
const release = (rig: Rig) => ['sh', '-c', `[ -e ${rig.path('broken')} ] && exit 3; ${serves}`];

async function start(rig: Rig): Promise<Running> {
  const args = [...files(rig), `--path=${rig.path('x')}`, '--ready=fd', '--interval=0.1'];
  const ssd = rig.ssd(args, release(rig));
  await ssd.line(/generation 1 is ready/);
  return ssd;
}

test('--restart waits for the new generation and prints its number', async t => {
  const rig = await createRig(t);
  await start(rig);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  const restarted = restart(rig, [`--control=${rig.control}`]);
  t.is(await old.nextSignal(), 'SIGTERM');
  const {pid} = await rig.conductor.nextWorker();
  old.exit(0);
  t.deepEqual(await restarted, {code: 0, signal: null, stdout: 'generation 2 serves\n', stderr: ''});
  t.deepEqual(await ask(rig.path('x')), {generation: 2, pid});
});

test('--restart makes one attempt, and when it fails the old generation serves', async t => {
  const rig = await createRig(t);
  await start(rig);
  const {pid} = await rig.conductor.nextWorker();
  writeFileSync(rig.path('broken'), '');
  const {code, stdout, stderr} = await restart(rig, [`--control=${rig.control}`]);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(
    stderr,
    /^ssd: restart failed: generation 2 \(pid \d+\) exited with status 3 after \d+ms; generation 1 keeps serving\n$/,
  );
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid});
});

test('--restart ends if ssd is killed', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  const restarted = restart(rig, [`--control=${rig.control}`]);
  await old.nextSignal();
  ssd.kill('SIGKILL');
  const {code, stderr} = await restarted;
  t.is(code, 1);
  t.is(stderr, `ssd: restart did not finish: ssd (pid ${ssd.pid}) has ended\n`);
});

test('--restart ends if ssd is told to stop', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  const restarted = restart(rig, [`--control=${rig.control}`]);
  await old.nextSignal();
  ssd.kill('SIGTERM');
  const {code, stderr} = await restarted;
  t.is(code, 1);
  t.is(stderr, 'ssd: restart cancelled: ssd was told to stop\n');
  old.exit(0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('--restart gives up after --timeout, and the restart continues', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  const {code, stderr} = await restart(rig, [`--control=${rig.control}`, '--timeout=0.3']);
  t.is(code, 4);
  t.is(stderr, 'ssd: restart did not finish within 0.3 s; it continues\n');
  t.is(await old.nextSignal(), 'SIGTERM');
  old.exit(0);
  await ssd.line(/restart completed: generation 2 replaced 1/);
});

test('without a control socket in a default place --restart asks for what it needs', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const {code, stderr} = await restart(rig, []);
  t.is(code, 2);
  t.is(
    stderr,
    `ssd: ssd (pid ${ssd.pid}) has no control socket in a default place: give --control or --status-file\n`,
  );
});

test('--restart refuses a control socket whose ssd does not hold the pid file', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const other = rig.ssd([`--control=${rig.path('other')}`], ['sleep', '1000']);
  await other.line(/generation 1 spawned/);
  const {code, stderr} = await restart(rig, [`--control=${rig.path('other')}`]);
  t.is(code, 1);
  t.is(
    stderr,
    `ssd: cannot talk to ${rig.path('other')}: it belongs to pid ${other.pid}, but pid ${ssd.pid} holds the pid file\n`,
  );
  t.notRegex(other.stderr(), /restart requested/);
});

asRoot('--restart finds the control socket in its default place by the pid', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  const options = {uid: STRANGER, env: {XDG_RUNTIME_DIR: rig.directory}};
  const command = [process.execPath, SSD, `--pid-file=${rig.path('pid')}`, '--interval=0.1'];
  const start = (name: string) => {
    const pidFile = `--pid-file=${rig.path(name)}`;
    return rig.start([...command, pidFile, `--name=${name}`, '--', 'sleep', '1000'], options);
  };
  const [other, ssd] = [start('other'), start('pid')];
  for (const running of [other, ssd]) await running.line(/generation 1 is ready/);
  const {code, stdout, stderr} = await restart(rig, [], options);
  t.is(stderr, '');
  t.is(stdout, 'generation 2 serves\n');
  t.is(code, 0);
  await ssd.line(/restart requested by a control client/);
  t.notRegex(other.stderr(), /restart requested/);
});

// With --control elsewhere, and none given to --restart, none is found: SIGHUP and the status file are left.
const bySignal = (rig: Rig, ...args: readonly string[]) =>
  restart(rig, [`--status-file=${rig.path('status')}`, ...args]);

test('without a control socket --restart uses SIGHUP and the status file', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  const restarted = bySignal(rig);
  t.is(await old.nextSignal(), 'SIGTERM');
  const {pid} = await rig.conductor.nextWorker();
  await ssd.line(/restart requested by SIGHUP/);
  old.exit(0);
  t.deepEqual(await restarted, {code: 0, signal: null, stdout: 'generation 2 serves\n', stderr: ''});
  t.deepEqual(await ask(rig.path('x')), {generation: 2, pid});
});

test('by SIGHUP a failed attempt is tried again, and --restart waits for the one that succeeds', async t => {
  const rig = await createRig(t);
  const broken = rig.path('broken');
  const once = `[ -e ${broken} ] && { rm ${broken}; exit 3; }; ${serves}`;
  const ssd = rig.ssd([...files(rig), '--ready=fd', '--interval=0.1'], ['sh', '-c', once]);
  await ssd.line(/generation 1 is ready/);
  writeFileSync(broken, '');
  const {code, stdout} = await bySignal(rig);
  t.is(code, 0);
  t.is(stdout, 'generation 3 serves\n');
});

test('by SIGHUP --restart ends if ssd is killed', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  const restarted = bySignal(rig);
  await old.nextSignal();
  ssd.kill('SIGKILL');
  const {code, stderr} = await restarted;
  t.is(code, 1);
  t.is(stderr, `ssd: restart did not finish: ssd (pid ${ssd.pid}) has ended\n`);
});

test('by SIGHUP --restart gives up after --timeout', async t => {
  const rig = await createRig(t);
  const ssd = await start(rig);
  writeFileSync(rig.path('broken'), '');
  const {code, stderr} = await bySignal(rig, '--timeout=0.3');
  t.is(code, 4);
  t.is(stderr, 'ssd: restart did not finish within 0.3 s; it continues\n');
  await ssd.line(/attempt 1 failed/);
});

test('by SIGHUP a generation that was already starting is not the requested one', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([...files(rig), '--ready=fd']);
  const first = await rig.conductor.nextWorker();
  const [pidFile, statusFile] = [rig.path('pid'), rig.path('status')];
  const restarted = restartByPidFile({pidFile, statusFile, control: null, timeoutMs: null}, {});
  await ssd.line(/restart requested by SIGHUP; it follows the running one/);
  await first.write(Number(first.env.SSD_READY_FD), '\n');
  const second = await rig.conductor.nextWorker();
  await second.write(Number(second.env.SSD_READY_FD), '\n');
  t.deepEqual(await restarted, {generation: 2});
});
