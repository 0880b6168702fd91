/** Which descriptors workers get, and that ssd does not touch listeners: it never accepts and sets no flag. */
import {writeFileSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {restart} from '../../helpers/clients/control.js';
import {descriptorOf, isNonBlocking, spawnedPid} from '../../helpers/processes.js';
import {needs} from '../../helpers/programs.js';
import {ask, boundPort, createRig, type Running, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';
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

const LEAKING = 'exec "$@" 9</etc/passwd 50</etc/passwd';

needs('strace')(
  'what ssd has inherited by accident reaches no worker where close_range is unknown',
  async t => {
    const rig = await createRig(t);
    const inject = ['strace', '-qq', '-o', '/dev/null', '-e', 'inject=close_range:error=ENOSYS'];
    const command = [...inject, process.execPath, SSD, `--control=${rig.control}`, '--', ...LISTS];
    t.deepEqual(await listed(rig.start(['bash', '-c', LEAKING, 'bash', ...command])), ['0', '1', '2']);
  },
);

asRoot('what ssd has inherited by accident reaches no worker where there is no /proc', async t => {
  const rig = await createRig(t);
  // The worker finds out by using them.
  const tries = 'for fd in 1 9 50; do { : >&$fd || : <&$fd; } && echo has $fd; done 2>/dev/null; echo listed';
  const worker = ['bash', '-c', `exec 3>&2 2>/dev/null; { ${tries}; } >&3; exec sleep 1000`];
  const command = [process.execPath, SSD, `--control=${rig.control}`, '--', ...worker];
  const hidden = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
  const ssd = rig.start([...hidden, 'bash', '-c', LEAKING, 'bash', ...command]);
  await ssd.line(/^listed$/);
  const has = ssd
    .stderr()
    .split('\n')
    .filter(line => line.startsWith('has'));
  t.deepEqual(has, ['has 1']);
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

const READY_BY_FD = ['--ready=fd', '--ready-timeout=10'];
const paths = (directory: (name: string) => string, count: number) =>
  Array.from({length: count}, (_, nth) => `--path=${directory(String(nth))}`);

/** The worker's message arrives, and each listener is at the number that the worker is told. */
const getsAll = test.macro({
  exec: async (t, count: number, args: readonly string[]) => {
    const rig = await createRig(t);
    const ssd = rig.ssd([...paths(rig.path, count), ...args, ...READY_BY_FD]);
    const {env, descriptors, write} = await rig.conductor.nextWorker();
    const given = (env.SERVER_STARTER_PORT ?? '').split(';');
    t.is(new Set(given.map(entry => descriptors[entry.split('=')[1] ?? ''])).size, given.length);
    for (const entry of given) t.regex(descriptors[entry.split('=')[1] ?? ''] ?? '', /^socket:/);
    t.regex(descriptors[env.SSD_READY_FD ?? ''] ?? '', /^pipe:/);
    await write(Number(env.SSD_READY_FD), '\n');
    await ssd.line(/generation 1 is ready/);
  },
  title: (_, count: number, args: readonly string[]) =>
    `with --ready=fd and ${count} listeners ${args.join(' ')} every descriptor is at its number`,
});

// One after the other: each has many descriptors, and all at once would be too much for a small machine.
for (const count of [1, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 40, 1000])
  test.serial(getsAll, count, []);
for (const number of [17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]) {
  test.serial(getsAll, 1, [`--port=127.0.0.1:0=${number}`]);
}
test.serial(getsAll, 20, ['--capture-stderr']);
test.serial(getsAll, 20, ['--port=127.0.0.1:0=0', '--port=127.0.0.1:0=1', '--capture-stderr']);
test.serial(getsAll, 21, ['--port=127.0.0.1:0=2', '--capture-stderr']);
test.serial(getsAll, 22, ['--log-file=| exec cat >&2']);
test.serial(getsAll, 30, [
  '--log-file=| exec cat >&2',
  '--capture-stderr',
  '--pid-file=pid',
  '--status-file=status',
]);

test('with --ready=fd each of many workers is heard, though ssd has a pipe for each', async t => {
  const rig = await createRig(t);
  const program = ['perl', '-e', 'open F, ">&=", $ENV{SSD_READY_FD}; syswrite F, "\\n"; sleep 1000'];
  const args = [...paths(rig.path, 3), '--workers=40', '--capture-stderr', ...READY_BY_FD];
  const line = await rig.ssd(args, program).line(/generation 1 is ready/);
  t.regex(line, /, 40 workers$/);
});

test('with --ready=exec the command has the standard descriptors, however many listeners there are', async t => {
  const rig = await createRig(t);
  const command = 'exec=echo numbers: $(ls /proc/self/fd) >&2';
  const ssd = rig.ssd([...paths(rig.path, 30), `--ready=${command}`], ['sleep', '1000']);
  // The fourth is the one that reads the directory.
  t.is(await ssd.line(/^numbers/), 'numbers: 0 1 2 3');
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
