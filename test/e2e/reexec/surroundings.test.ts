/** What ssd has around it stays its own across a replacement: listeners of every kind, files, orphans, and what was adopted. */
import {existsSync, readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {allProcesses, readStat} from '../../../src/shared/process-stat.js';
import {activated} from '../../helpers/adapters/activated.js';
import {openFakeManager} from '../../helpers/adapters/manager.js';
import {problemsOf, status} from '../../helpers/clients/control.js';
import {alive, descriptorOf} from '../../helpers/processes.js';
import {ask, boundPort, createRig, type Rig, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';
import {orphaned} from '../adopt/stage.js';
import {reexec, statusOf} from './stage.js';

const QUICK = '--interval=0';

/** With the options that it has: twice, for the second image has got all from the first. */
async function replaceTwice(t: ExecutionContext, rig: Rig): Promise<void> {
  for (let nth = 0; nth < 2; nth += 1) {
    const {code, stderr} = await rig.ssctl(['reexec']);
    t.is(code, 0, stderr);
  }
}

test('listeners on a path, an abstract name and UDP stay, and a path is removed at the end', async t => {
  const rig = await createRig(t);
  const [path, name] = [rig.path('web'), `@ssd-test-${process.pid}-abstract`];
  const ssd = rig.ssd([`--path=${path}`, `--path=${name}`, '--port=127.0.0.1:u0', '--port=[::1]:0', QUICK]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const before = (await statusOf(rig)).listeners;
  await replaceTwice(t, rig);
  t.deepEqual((await statusOf(rig)).listeners, before);
  t.is((await ask(path)).pid, old.pid);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  t.is((await ask(path)).pid, young.pid);
  t.deepEqual(young.descriptors, {...old.descriptors});
  t.is((await rig.ssctl(['stop'])).code, 0);
  await ssd.exit();
  t.false(existsSync(path));
  t.false(existsSync(rig.control));
});

test('sockets that were passed to ssd stay passed: their names, their numbers and their paths', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ssd = activated(rig, ['tcp:127.0.0.1:0', `unix:${path}`, 'tcp:127.0.0.1:0'], [QUICK], {
    names: 'web:admin:more',
  });
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await replaceTwice(t, rig);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  t.deepEqual(young.descriptors, {...old.descriptors});
  t.is(young.env.SERVER_STARTER_PORT, old.env.SERVER_STARTER_PORT);
  t.is(young.env.LISTEN_FDS, undefined);
  t.is((await ask(path)).pid, young.pid);
  t.is((await rig.ssctl(['stop'])).code, 0);
  await ssd.exit();
  t.true(existsSync(path), 'it is not ours');
});

test('with --fdstore listeners stay in the store, and with new options one is taken out', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const path = rig.path('x');
  const env = {...manager.env, FDSTORE: '4'};
  const ssd = rig.ssd(['--fdstore', '--port=127.0.0.1:0', `--path=${path}`, QUICK], undefined, {env});
  await manager.hear('READY');
  await ssd.line(/generation 1 is ready/);
  await replaceTwice(t, rig);
  t.deepEqual(
    manager.texts().filter(text => text.startsWith('FDSTOREREMOVE')),
    [],
  );
  await reexec(rig, ['--fdstore', `--path=${path}`, QUICK]);
  await manager.hear('FDSTOREREMOVE=1\nFDNAME=ssd.kept.tcp.127.0.0.1%3a0');
  t.is((await rig.ssctl(['stop'])).code, 0);
  await ssd.exit();
  t.true(existsSync(path));
});

test('in the background the pid file and its lock stay, and a second start is refused', async t => {
  const rig = await createRig(t);
  const pidFile = rig.path('pid');
  const args = [
    '--daemonize',
    `--pid-file=${pidFile}`,
    `--control=${rig.control}`,
    `--log-file=${rig.path('log')}`,
  ];
  const command = [...args, '--port=127.0.0.1:0', QUICK, '--', ...SERVER];
  t.is((await rig.runSsd(command)).code, 0);
  t.teardown(() => rig.run(['sh', '-c', `kill -KILL -$(cat ${pidFile})`]));
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await rig.conductor.nextWorker();
  await replaceTwice(t, rig);
  t.is((await statusOf(rig)).pid, pid);
  t.is(Number(readFileSync(pidFile, 'utf8')), pid);
  const second = await rig.runSsd(command);
  t.is(second.code, 1);
  t.regex(second.stderr, new RegExp(`pid file.*${pid}`));
  t.is((await rig.ssctl(['reexec', '--', ...command.slice(1)])).code, 0);
  t.deepEqual(await problemsOf(rig), []);
  t.is((await rig.runSsd(['--stop', `--pid-file=${pidFile}`])).code, 0);
  t.false(existsSync(pidFile));
  t.false(alive(pid));
});

test('a generation that was adopted is still replaced, and its end is seen', async t => {
  const {rig, old, port} = await orphaned(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  const young = await rig.conductor.nextWorker();
  await ssd.line(/generation 2 spawned/);
  await replaceTwice(t, rig);
  t.like(await statusOf(rig), {
    current: 1,
    generations: [
      {generation: 1, phase: 'ready', adopted: true},
      {generation: 2, phase: 'starting'},
    ],
  });
  // A worker that is not ready accepts, too.
  t.true([old.pid, young.pid].includes((await ask(port)).pid));
  await old.beStubborn();
  await young.write(4, '\n');
  t.is(await old.nextSignal(), 'SIGTERM');
  await replaceTwice(t, rig);
  old.exit(0);
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.deepEqual(old.signals, ['SIGTERM']);
  t.is((await statusOf(rig)).generations.length, 1);
});

test('an adopted worker that ends during a replacement is lost, and another takes its place', async t => {
  const {rig, old} = await orphaned(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await rig.conductor.nextWorker();
  const replaced = rig.ssctl(['reexec']);
  old.exit(3);
  t.is((await replaced).code, 0);
  await ssd.line(new RegExp(`generation 1 lost its worker, pid ${old.pid}`));
  t.is((await statusOf(rig)).current, null);
});

test('an ssd that was replaced and is killed then leaves its workers to the next start', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0', '--ready=fd'];
  const first = rig.ssd(args);
  const port = await boundPort(first);
  const old = await rig.conductor.nextWorker();
  await old.write(4, '\n');
  await first.line(/generation 1 is ready/);
  const socket = descriptorOf(old.pid, 3);
  await replaceTwice(t, rig);
  await rig.ssctl(['status']);
  first.kill('SIGKILL');
  await first.exit();
  const second = rig.ssd(args);
  t.is(await boundPort(second), port);
  await second.line(/generation 1 is taken over from an ssd that has died/);
  const young = await rig.conductor.nextWorker();
  await young.write(4, '\n');
  await second.line(/restart completed: generation 2 replaced 1/);
  t.is(descriptorOf(young.pid, 3), socket);
});

test('an ssd with --subreaper collects orphans that it has inherited before and after', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([QUICK, '--subreaper']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const orphan = async (name: string) => {
    await worker.run(`sh -c 'sleep 1000 & echo $! >${rig.path(name)}'`);
    return Number(readFileSync(rig.path(name), 'utf8'));
  };
  const before = await orphan('before');
  await replaceTwice(t, rig);
  const after = await orphan('after');
  for (const pid of [before, after]) {
    t.is(readStat(pid)?.parent, ssd.pid);
    process.kill(pid, 'SIGKILL');
    while (existsSync(`/proc/${pid}`)) await status(rig);
  }
  t.is((await rig.ssctl(['stop'])).code, 0);
});

asRoot('process 1 of a container is replaced, and collects what was and what comes', async t => {
  const rig = await createRig(t);
  const options = [`--control=${rig.control}`, QUICK, '--port=127.0.0.1:0'];
  const command = [SSD, ...options, '--', ...SERVER];
  const ssd = rig.start(['unshare', '-p', '-f', '--kill-child', '--mount-proc', ...command]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const outer = allProcesses().find(pid => readStat(pid)?.parent === ssd.pid) ?? 0;
  await worker.run(`sh -c 'sleep 0.01 & sleep 1000 &'`);
  await replaceTwice(t, rig);
  await worker.run(`sh -c 'sleep 0.01 &'`);
  t.is(readStat(outer)?.parent, ssd.pid);
  worker.exit(3);
  await ssd.line(/generation 1 lost its worker, pid \d+: it exited with status 3/);
  await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.is((await ssd.exit()).code, 0);
});
