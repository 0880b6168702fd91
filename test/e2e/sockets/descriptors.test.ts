/** Which descriptors workers get, and that ssd does not touch listeners: it never accepts and sets no flag. */
import {writeFileSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {restart} from '../../helpers/clients/control.js';
import {descriptorOf, isNonBlocking, spawnedPid} from '../../helpers/processes.js';
import {ask, boundPort, createRig, type Running, SERVER, SSD} from '../../helpers/rig.js';
import {answerOf, socketAt, waitingAt} from '../../helpers/sockets.js';

/** Lists its descriptors on standard error, one a line, then lives on and does nothing. */
const LISTS = ['sh', '-c', 'exec >&2; ls /proc/$$/fd; echo listed; exec sleep 1000'];

async function listed(ssd: Running): Promise<string[]> {
  await ssd.line(/^listed$/);
  const lines = ssd.stderr().split('\n');
  return lines.filter(line => /^\d+$/.test(line));
}

test('a worker has its standard descriptors and its listeners, and nothing else', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--port=127.0.0.1:u0=7', `--path=${rig.path('x')}`], LISTS);
  t.deepEqual(await listed(ssd), ['0', '1', '2', '3', '4', '7']);
});

test('the files of ssd itself reach no worker', async t => {
  const rig = await createRig(t);
  const files = [`--pid-file=${rig.path('pid')}`, `--status-file=${rig.path('status')}`];
  const ssd = rig.ssd([...files, '--log-file=| exec cat >&2', '--port=127.0.0.1:0'], LISTS);
  t.deepEqual(await listed(ssd), ['0', '1', '2', '3']);
});

test('what ssd has inherited by accident reaches no worker', async t => {
  const rig = await createRig(t);
  const command = [process.execPath, SSD, `--control=${rig.control}`, '--port=127.0.0.1:0', '--', ...LISTS];
  const leaking = 'exec "$@" 9</etc/passwd 50</etc/passwd';
  t.deepEqual(await listed(rig.start(['bash', '-c', leaking, 'bash', ...command])), ['0', '1', '2', '3']);
});

const placed = test.macro({
  exec: async (t, ports: readonly string[], expected: readonly number[]) => {
    const rig = await createRig(t);
    const hosts = ['127.0.0.1', 'localhost', '127.0.0.2'];
    const ssd = rig.ssd(ports.map((port, index) => `--port=${hosts[index]}:${port}`));
    const bound: number[] = [];
    for (const _ of ports) bound.push(await boundPort(ssd));
    const {env, descriptors, pid} = await rig.conductor.nextWorker();
    const names = ports.map((_, index) => `${hosts[index]}:0=${expected[index]}`);
    t.is(env.SERVER_STARTER_PORT, names.join(';'));
    for (const [index, port] of bound.entries()) {
      const host = hosts[index] === 'localhost' ? '127.0.0.1' : (hosts[index] ?? '');
      t.is(descriptors[expected[index] ?? -1], socketAt(host, port));
      t.is(await answerOf({host, port}), `1:${pid}`);
    }
  },
  title: (_, ports: readonly string[]) => `the ports ${ports.join(' ')} are all at their numbers and served`,
});

test(placed, ['0', '0=3'], [4, 3]);
test(placed, ['0=3', '0'], [3, 4]);
test(placed, ['0=4', '0=3', '0'], [4, 3, 5]);
test(placed, ['0=1', '0=0', '0'], [1, 0, 3]);
test(placed, ['0=300', '0=20', '0'], [300, 20, 3]);

test('a hundred listeners are at their numbers, though ssd has descriptors of its own there', async t => {
  const rig = await createRig(t);
  const paths = Array.from({length: 100}, (_, index) => rig.path(`x${index}`));
  rig.ssd([...paths.map(path => `--path=${path}`), '--port=127.0.0.1:0=20']);
  const {env, pid} = await rig.conductor.nextWorker();
  const numbers = [...Array(101).keys()].map(index => index + 3).filter(fd => fd !== 20);
  const entries = paths.map((path, index) => `${path}=${numbers[index]}`);
  t.is(env.SERVER_STARTER_PORT, ['127.0.0.1:0=20', ...entries].join(';'));
  for (const path of paths) t.deepEqual(await ask(path), {generation: 1, pid});
});

test('ssd never accepts: a connection waits in the queue until a worker takes it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0'], ['sleep', '1000']);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const clients = [net.connect(port, '127.0.0.1'), net.connect(port, '127.0.0.1')];
  t.teardown(() => clients.forEach(client => void client.destroy()));
  await Promise.all(clients.map(client => new Promise(resolve => client.on('connect', resolve))));
  t.is((await restart(rig)).verdict, 'completed');
  t.is(waitingAt(port), 2);
});

test('a listener is blocking, and stays so over a restart', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0=0', '--port=127.0.0.1:u0', `--path=${rig.path('x')}`, '--interval=0'];
  const ssd = rig.ssd(args, ['sleep', '1000']);
  const flags = (pid: number) => [0, 3, 4].map(fd => isNonBlocking(pid, fd));
  t.deepEqual(flags(await spawnedPid(ssd, 1)), [false, false, false]);
  t.is((await restart(rig)).verdict, 'completed');
  t.deepEqual(flags(await spawnedPid(ssd, 2)), [false, false, false]);
});

const keepsFlag = test.macro({
  exec: async (t, place: string, fd: number) => {
    const rig = await createRig(t);
    const release = `[ -e ${rig.path('new')} ] && exec sleep 1000; exec ${SERVER.join(' ')}`;
    const ssd = rig.ssd([`--port=127.0.0.1:0${place}`, '--interval=0'], ['sh', '-c', release]);
    const port = await boundPort(ssd);
    const old = await rig.conductor.nextWorker();
    await old.beStubborn();
    t.true(isNonBlocking(old.pid, fd));
    writeFileSync(rig.path('new'), '');
    ssd.kill('SIGHUP');
    t.is(await old.nextSignal(), 'SIGTERM');
    t.true(isNonBlocking(old.pid, fd));
    t.deepEqual(await ask(port), {generation: 1, pid: old.pid});
  },
  title: (_, place: string) =>
    `a restart leaves the listener that an old worker has made non-blocking as it is (--port=N${place})`,
});

test(keepsFlag, '', 3);
test(keepsFlag, '=0', 0);

test('after the restart a worker has the very sockets that the one before had', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0', '--port=[::1]:u0', `--path=${rig.path('x')}`, '--interval=0'];
  const ssd = rig.ssd(args, ['sleep', '1000']);
  const sockets = (pid: number) => [3, 4, 5].map(fd => descriptorOf(pid, fd));
  const before = sockets(await spawnedPid(ssd, 1));
  t.is(new Set(before).size, 3);
  t.is((await restart(rig)).verdict, 'completed');
  t.deepEqual(sockets(await spawnedPid(ssd, 2)), before);
});
