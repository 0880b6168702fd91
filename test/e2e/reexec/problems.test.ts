/** A problem that one image has told of ends in the next: what only the first remembered is handed over, or looked at again. */
import {once} from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {problemsOf, restart} from '../../helpers/clients/control.js';
import {watched} from '../../helpers/mailbox.js';
import {ask, boundPort, createRig, fixture, type Rig, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {reexec, statusOf} from './stage.js';

const PORT = '--port=127.0.0.1:0';
const QUICK = '--interval=0';

const codesOf = async (rig: Rig) => (await problemsOf(rig)).map(({code}) => code);

async function replace(rig: Rig): Promise<void> {
  const {code, stderr} = await rig.ssctl(['reexec']);
  if (code !== 0) throw new Error(stderr);
}

test('a path that was moved away is a problem until it is moved back', async t => {
  const rig = await createRig(t);
  const path = rig.path('web');
  const ssd = rig.ssd([`--path=${path}`, QUICK]);
  await ssd.line(/generation 1 is ready/);
  for (const isSeen of [true, false]) {
    renameSync(path, `${path}.away`);
    await ssd.line(/warning: .*web.* (was removed|is no longer|cannot be reached|.*bound anew)/);
    await replace(rig);
    t.deepEqual(await codesOf(rig), ['path-removed']);
    if (!isSeen) await replace(rig);
    renameSync(`${path}.away`, path);
    if (!isSeen) await replace(rig);
    t.deepEqual(await codesOf(rig), []);
  }
});

test('a path that is bound anew is a problem until workers that have it are ready', async t => {
  const rig = await createRig(t);
  const path = rig.path('web');
  const ssd = rig.ssd([`--path=${path}`, '--ready=fd']);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  unlinkSync(path);
  const restarting = rig.ssctl(['restart']);
  const young = await rig.conductor.nextWorker();
  await replace(rig);
  t.deepEqual(await codesOf(rig), ['path-removed']);
  await young.write(4, '\n');
  t.is((await restarting).code, 0);
  t.deepEqual(await codesOf(rig), []);
  t.is((await ask(path)).pid, young.pid);
});

test('a listener that was repaired is a problem until the repair has lasted', async t => {
  const rig = await createRig(t);
  const program = ['perl', fixture('breaker.pl'), '', 'shutdown $l, 2; exit 0'];
  const ssd = rig.ssd([PORT, '--ready=fd'], program);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  t.is((await restart(rig)).verdict, 'completed');
  t.deepEqual(await codesOf(rig), ['listener-shut']);
  await replace(rig);
  t.deepEqual(await codesOf(rig), ['listener-shut']);
  t.is((await ask(port)).generation, 2);
  await ssd.line(/solved after \S+: tcp/);
  t.deepEqual(await problemsOf(rig), []);
});

for (const [what, does] of Object.entries({
  'shut down and is repaired': 'shutdown $l, 2',
  'connected to one peer': 'connect $l, pack_sockaddr_in(9, INADDR_LOOPBACK) or die',
})) {
  const option = what.startsWith('shut') ? PORT : '--port=127.0.0.1:u0';
  test(`a listener that a worker has ${what} stays a listener of the next image`, async t => {
    const rig = await createRig(t);
    // Nothing tells ssd of it.
    const program = [
      'perl',
      fixture('breaker.pl'),
      `$SIG{USR1} = sub { ${does}; unlink '${rig.path('whole')}' }`,
    ];
    await rig.run(['touch', rig.path('whole')]);
    const ssd = rig.ssd([option, '--ready=fd'], program);
    const port = await boundPort(ssd);
    const pid = Number(/pid (\d+)$/.exec(await ssd.line(/generation 1 is ready/))?.[1]);
    const watcher = watch(rig.path('whole'));
    t.teardown(() => watcher.close());
    const changed = watched(once(watcher, 'change'), () => 'the worker has done nothing');
    process.kill(pid, 'SIGUSR1');
    await changed;
    await replace(rig);
    await replace(rig);
    t.is((await restart(rig)).verdict, 'completed');
    const {listeners} = await statusOf(rig);
    t.deepEqual(
      listeners.map(({address}) => address),
      [`127.0.0.1:${port}`],
    );
    if (option === PORT) t.is((await ask(port)).generation, 2);
  });
}

test('clients that wait in vain are seen by the next image, too', async t => {
  const rig = await createRig(t);
  const file = rig.path('deaf');
  writeFileSync(file, '');
  const ssd = rig.ssd([PORT, '--ready=fd'], ['perl', fixture('breaker.pl'), `$accepts = !-e '${file}'`]);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  await replace(rig);
  const client = net.connect(port, '127.0.0.1');
  t.teardown(() => client.destroy());
  await once(client, 'connect');
  await problemsOf(rig);
  await ssd.line(/warning: connections wait at /);
  await replace(rig);
  unlinkSync(file);
  t.is((await restart(rig)).verdict, 'completed');
  await ssd.line(/solved after \S+: connections waited at/);
});

asRoot('a worker that cannot be signalled is a problem until it has ended', async t => {
  const rig = await createRig(t);
  const rise = rig.path('rise');
  copyFileSync('/usr/bin/setpriv', rise);
  chmodSync(rise, 0o4755);
  chownSync(rig.directory, STRANGER, STRANGER);
  const program = [rise, '--reuid=0', '--regid=0', '--clear-groups', ...SERVER];
  const ssd = rig.ssd([QUICK, '--stop-timeout=200ms'], program, {uid: STRANGER});
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await restart(rig);
  await ssd.line(/killing generation 1/);
  await replace(rig);
  t.deepEqual(await codesOf(rig), ['signal-refused']);
  worker.exit(0);
  await ssd.line(/solved after .*could not end generation 1, pid/);
  t.is((await ssd.told()).match(/warning: cannot end generation 1/g)?.length, 1);
});

test('a process that holds a listener of a generation that is gone is a problem until it ends', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([QUICK, PORT], ['sh', '-c', '"$@"; true', 'wrapper', ...SERVER]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.is((await restart(rig)).verdict, 'completed');
  t.deepEqual(await codesOf(rig), ['listener-held']);
  await replace(rig);
  t.deepEqual(await codesOf(rig), ['listener-held']);
  worker.exit(0);
  await ssd.line(new RegExp(`solved after \\S+: pid ${worker.pid} `));
});

test('a pid file that could not be put back is a problem until it is there', async t => {
  const rig = await createRig(t);
  const [directory, away] = [rig.path('run'), rig.path('away')];
  mkdirSync(directory);
  const ssd = rig.ssd([QUICK, `--pid-file=${directory}/pid`]);
  await ssd.line(/generation 1 is ready/);
  for (const isSeen of [true, false]) {
    renameSync(directory, away);
    writeFileSync(directory, '');
    t.deepEqual(await codesOf(rig), ['pid-file']);
    if (isSeen) await replace(rig);
    rmSync(directory);
    renameSync(away, directory);
    if (!isSeen) await replace(rig);
    t.deepEqual(await codesOf(rig), []);
  }
});

test('a start directory that is another one is a problem until it is the same', async t => {
  const rig = await createRig(t);
  const current = rig.path('current');
  const switchTo = (name: string) => {
    symlinkSync(name, rig.path('next'));
    renameSync(rig.path('next'), current);
  };
  for (const name of ['v1', 'v2']) mkdirSync(rig.path(name));
  switchTo('v1');
  const ssd = rig.ssd([QUICK], SERVER, {cwd: current, env: {PWD: current}});
  await ssd.line(/generation 1 is ready/);
  switchTo('v2');
  t.is((await restart(rig)).verdict, 'completed');
  await replace(rig);
  t.deepEqual(await codesOf(rig), ['start-directory']);
  switchTo('v1');
  t.is((await restart(rig)).verdict, 'completed');
  t.deepEqual(await codesOf(rig), []);
});

test('a problem of what the options name no more is over', async t => {
  const rig = await createRig(t);
  const [path, log] = [rig.path('web'), rig.path('log')];
  rig.ssd([`--path=${path}`, PORT, QUICK, `--log-file=${log}`]);
  await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  unlinkSync(log);
  unlinkSync(path);
  t.deepEqual((await codesOf(rig)).sort(), ['log-file', 'path-removed']);
  await reexec(rig, [PORT, QUICK, `--log-file=${log}2`]);
  t.deepEqual(await codesOf(rig), []);
});
