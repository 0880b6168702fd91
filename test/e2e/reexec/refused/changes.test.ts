/** New options of `ssctl reexec` act, each when it is time. */
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {readStat} from '../../../../src/shared/process-stat.js';
import {problemsOf} from '../../../helpers/clients/control.js';
import {alive} from '../../../helpers/processes.js';
import {boundPort, createRig, SERVER} from '../../../helpers/rig.js';
import {checkOf, releasesIn} from '../../release/stage.js';
import {reexec, statusOf} from '../stage.js';

const PORT = '--port=127.0.0.1:0';

test('--workers, --stop-timeout and --signal-on-hup act at once', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--interval=0', '--stop-timeout=1000']);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, [PORT, '--interval=0', '--workers=2', '--stop-timeout=0.1', '--signal-on-hup=USR1']);
  const second = await rig.conductor.nextWorker();
  t.is(second.generation, 1);
  await first.beStubborn();
  await second.beStubborn();
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.deepEqual([first.signals, second.signals], [['SIGUSR1'], ['SIGUSR1']]);
  t.false(alive(first.pid) || alive(second.pid), 'they were killed');
  await reexec(rig, [PORT, '--interval=0']);
  t.is((await statusOf(rig)).generations[0]?.workers.filter(({phase}) => phase === 'ready').length, 1);
});

test('what ssctl scale asked for lasts until the options ask for another number', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0']);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['scale', '3'])).code, 0);
  const workers = async () => (await statusOf(rig)).generations[0]?.workers.length;
  await reexec(rig, ['--interval=0', '--stop-timeout=5']);
  t.is(await workers(), 3);
  await reexec(rig, ['--interval=0', '--workers=2']);
  await ssd.line(/pid \d+, (was|ended|exited|finished)|finished/);
  t.is(await workers(), 2);
});

test('the program, --capture-stderr and a file of --config are for workers that start from then on', async t => {
  const rig = await createRig(t);
  const config = rig.path('ssd.json');
  writeFileSync(config, JSON.stringify({interval: '0', 'kill-old-delay': '0'}));
  const ssd = rig.ssd([PORT, `--config=${config}`]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(config, JSON.stringify({interval: '0', 'capture-stderr': true, 'log-format': 'json'}));
  await reexec(rig, [PORT, `--config=${config}`]);
  await ssd.line(/^\{.*"upgraded"/);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  t.not(young.descriptors[2], old.descriptors[2]);
  await young.print('hello from a worker');
  await ssd.line(/^hello from a worker/);
  const args = [`--control=${rig.control}`, PORT, '--interval=0', '--', ...SERVER, 'another'];
  t.is((await rig.ssctl(['reexec', '--', ...args])).code, 0);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const last = await rig.conductor.nextWorker();
  t.regex(readFileSync(`/proc/${last.pid}/cmdline`, 'utf8'), /\0another\0$/);
});

test('--log-file goes to another place, for ssd and for workers that start from then on', async t => {
  const rig = await createRig(t);
  const [first, second] = [rig.path('first.log'), rig.path('second.log')];
  rig.ssd([PORT, '--interval=0', `--log-file=${first}`]);
  const old = await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  await reexec(rig, [PORT, '--interval=0', `--log-file=${second}`]);
  t.regex(readFileSync(second, 'utf8'), /has taken the place/);
  t.notRegex(readFileSync(first, 'utf8'), /has taken the place/);
  await old.print('still in the first');
  t.regex(readFileSync(first, 'utf8'), /still in the first/);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  await young.print('in the second');
  t.regex(readFileSync(second, 'utf8'), /in the second/);
  t.deepEqual(await problemsOf(rig), []);
});

test('--max-memory acts on workers that run', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--interval=0']);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, [PORT, '--interval=0', '--max-memory=1M']);
  const young = await rig.conductor.nextWorker();
  await old.gone;
  t.not(young.pid, old.pid);
});

test('the directory in which ssd was started is gone: it is replaced all the same', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('release'));
  const ssd = rig.ssd([PORT, '--interval=0'], SERVER, {cwd: rig.path('release')});
  await boundPort(ssd);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  rmSync(rig.path('release'), {recursive: true});
  const {code, stderr} = await rig.ssctl(['reexec']);
  t.is(code, 0, stderr);
  t.is((await statusOf(rig)).generations[0]?.workers[0]?.pid, worker.pid);
});

test('a trial goes on without --bake, and its check is asked no more', async t => {
  const rig = await createRig(t);
  const trial = ['--bake=600', '--bake-every=0.1', '--bake-timeout=60', checkOf(rig)];
  const ssd = rig.ssd([PORT, '--interval=0', ...trial]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  await ssd.line(/check 1 of generation 2 succeeded/);
  await reexec(rig, [PORT, '--interval=0']);
  writeFileSync(rig.path('bad'), '');
  t.like(await statusOf(rig), {current: 2});
  t.is((await rig.ssctl(['accept'])).code, 0);
  t.is(await old.nextSignal(), 'SIGTERM');
  t.is((await restarting).code, 0);
});

test('without --kill-group the rest of a group whose leader has ended counts no more', async t => {
  const rig = await createRig(t);
  const wrapped = ['sh', '-c', '"$@"; true', 'wrapper', ...SERVER];
  const ssd = rig.ssd([PORT, '--interval=0', '--kill-group', '--name=app'], wrapped);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await old.beStubborn();
  const restarting = rig.ssctl(['restart']);
  await ssd.line(/other processes of its group live/);
  await reexec(rig, [PORT, '--interval=0', '--name=app']);
  t.is((await restarting).code, 0, 'nothing is left that counts');
  t.like(await statusOf(rig), {current: 2, generations: [{generation: 2}]});
  await reexec(rig, [PORT, '--interval=0', '--kill-group', '--name=app']);
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.is((await ssd.exit()).code, 0);
});

test('standard error of a worker is passed on without --capture-stderr', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--interval=0', '--capture-stderr']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, [PORT, '--interval=0']);
  await worker.print('still heard');
  t.is(await ssd.line(/heard$/), 'still heard');
});

test('the client of a scale that other options overrule is answered', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=fd']);
  await (await rig.conductor.nextWorker()).write(3, '\n');
  await ssd.line(/generation 1 is ready/);
  const scaling = rig.ssctl(['scale', '2']);
  const second = await rig.conductor.nextWorker();
  await reexec(rig, ['--ready=fd', '--workers=3']);
  await second.write(3, '\n');
  await (await rig.conductor.nextWorker()).write(3, '\n');
  const {code, stderr} = await scaling;
  t.true(code === 0 || code === 1, stderr);
  t.is((await statusOf(rig)).generations[0]?.workers.length, 3);
});

test('--release may come and go', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const [first, second] = [releases.put('v1'), releases.put('v2')];
  releases.switchTo('v1');
  const ssd = rig.ssd([PORT, '--interval=0', '--name=app']);
  await ssd.line(/generation 1 is ready/);
  await rig.conductor.nextWorker();
  const withRelease = [
    `--control=${rig.control}`,
    PORT,
    '--interval=0',
    '--name=app',
    `--release=${releases.link}`,
    '--',
    './server',
  ];
  t.is((await rig.ssctl(['reexec', '--', ...withRelease])).code, 0);
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.is((await rig.conductor.nextWorker()).cwd, first);
  releases.switchTo('v2');
  t.is((await rig.ssctl(['reexec'])).code, 0);
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.is((await rig.conductor.nextWorker()).cwd, second);
  t.is((await rig.ssctl(['rollback'])).code, 0);
  t.is((await rig.conductor.nextWorker()).cwd, first);
  await reexec(rig, [PORT, '--interval=0', '--name=app']);
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.is((await rig.conductor.nextWorker()).cwd, rig.directory);
  t.not((await rig.ssctl(['rollback'])).code, 0);
});

test('without --subreaper orphans are not inherited any more', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0', '--subreaper']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, ['--interval=0']);
  await worker.run(`sh -c 'sleep 1000 & echo $! >${rig.path('orphan')}'`);
  const orphan = Number(readFileSync(rig.path('orphan'), 'utf8'));
  t.not(readStat(orphan)?.parent, ssd.pid);
});
