/** What ssd says to a service manager that listens at NOTIFY_SOCKET. */
import {closeSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {unixAddress} from '../../../src/daemon/system/posix.js';
import {
  openDatagramSocket,
  openSendingSocket,
  receiveNow,
  sendTo,
} from '../../../src/daemon/system/posix-datagram.js';
import {openFakeManager, valueIn} from '../../helpers/adapters/manager.js';
import {status} from '../../helpers/clients/control.js';
import {createRig, SERVER} from '../../helpers/rig.js';

const STATES = ['READY', 'RELOADING', 'STOPPING'];

for (const kind of ['path', 'abstract'] as const) {
  test(`a start, a restart and a stop are told, by a socket that is ${kind === 'path' ? 'a path' : 'abstract'}`, async t => {
    const rig = await createRig(t);
    const manager = openFakeManager(t, kind === 'path' ? rig.directory : null);
    t.is(manager.env.NOTIFY_SOCKET.startsWith('@'), kind === 'abstract');
    const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.2'], undefined, {env: manager.env});
    t.is((await manager.hear('STATUS')).text, 'STATUS=generation 1 is starting');
    const first = await manager.hear('READY');
    t.is(first.text, 'READY=1\nSTATUS=generation 1 is ready');
    t.is(first.pid, ssd.pid, 'ssd itself says it, whom the manager knows');

    const before = process.hrtime.bigint() / 1000n;
    const restarting = rig.ssctl(['restart']);
    const reloading = await manager.hear('RELOADING');
    const stamp = BigInt(valueIn(reloading, 'MONOTONIC_USEC') ?? 0);
    t.true(stamp >= before && stamp <= reloading.at, `${before} ${stamp} ${reloading.at}`);
    t.is((await manager.hear('READY')).text, 'READY=1\nSTATUS=generation 2 is ready');
    t.is((await restarting).code, 0);

    ssd.kill('SIGTERM');
    t.is((await manager.hear('STOPPING')).text, 'STOPPING=1\nSTATUS=stopping');
    t.is((await ssd.exit()).code, 0);
    const states = manager.words().filter(word => STATES.includes(word));
    t.deepEqual(states, ['READY', 'RELOADING', 'READY', 'STOPPING']);
    t.false(
      manager.texts().some(text => /MAINPID|WATCHDOG/.test(text)),
      manager.texts().join('\n'),
    );
  });
}

test('a restart that fails ends the reload, and the status says so', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  rig.ssd(['--ready=notify', '--interval=0.2'], undefined, {env: manager.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await manager.hear('READY');
  const restarting = rig.ssctl(['restart']);
  await manager.hear('RELOADING');
  (await rig.conductor.nextWorker()).exit(3);
  t.is(
    (await manager.hear('READY')).text,
    'READY=1\nSTATUS=generation 1 is ready; generation 2 has failed to start',
  );
  t.is((await restarting).code, 1);
});

test('SIGHUP whose attempts go on failing ends the reload with the first one', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const ssd = rig.ssd(['--ready=notify', '--interval=0.2'], undefined, {env: manager.env});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await manager.hear('READY');
  const before = process.hrtime.bigint() / 1000n;
  ssd.kill('SIGHUP');
  const stamp = valueIn(await manager.hear('RELOADING'), 'MONOTONIC_USEC');
  t.true(
    BigInt(stamp ?? 0) >= before,
    'systemd believes only what is younger than its signal (Type=notify-reload)',
  );
  (await rig.conductor.nextWorker()).exit(3);
  await manager.hear('READY');
  (await rig.conductor.nextWorker()).exit(3);
  await manager.hear('STATUS=generation 1 is ready; 2 attempts have failed');
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await manager.hear('STATUS=generation 4 is ready');
  const states = manager.words().filter(word => STATES.includes(word));
  t.deepEqual(states, ['READY', 'RELOADING', 'READY']);
});

test('time is asked for while a generation is starting and while workers finish, and not in between', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const limits = ['--ready=notify', '--ready-timeout=5s', '--stop-timeout=100s'];
  const ssd = rig.ssd(limits, undefined, {env: manager.env});
  const worker = await rig.conductor.nextWorker();
  const asked = Number(valueIn(await manager.hear('EXTEND_TIMEOUT_USEC'), 'EXTEND_TIMEOUT_USEC'));
  t.true(asked > 5e6 && asked <= 10e6, String(asked));
  await worker.beStubborn();
  await worker.notify('READY=1');
  await manager.hear('READY');
  t.is(manager.words().filter(word => word === 'EXTEND_TIMEOUT_USEC').length, 1);
  ssd.kill('SIGTERM');
  await manager.hear('STOPPING');
  t.is((await manager.hear('EXTEND_TIMEOUT_USEC')).text, 'EXTEND_TIMEOUT_USEC=10000000');
  worker.die('SIGKILL');
  t.is((await ssd.exit()).code, 0);
});

test('the watchdog hears of ssd twice in its time, from the process that it means only', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const env = {...manager.env, WATCHDOG_USEC: '200000'};
  const begin = process.hrtime.bigint() / 1000n;
  const ssd = rig.ssd([], undefined, {env});
  const beats = [];
  while (beats.length < 6) beats.push(await manager.hear('WATCHDOG'));
  // A busy test hears several at once, so the time between two of them says nothing.
  const usec = Number((beats.at(-1)?.at ?? 0n) - begin);
  t.true(usec > 600_000, `a start and six periods of 100 ms took ${usec} us`);
  t.true(beats.every(({pid}) => pid === ssd.pid));

  const other = openFakeManager(t, rig.directory);
  const another = await createRig(t);
  another.ssd(['--interval=0.5'], undefined, {
    env: {...other.env, WATCHDOG_USEC: '200000', WATCHDOG_PID: '1'},
  });
  await other.hear('READY');
  t.false(other.words().includes('WATCHDOG'));
});

test('neither a worker nor the log command can speak for ssd', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const env = {...manager.env, WATCHDOG_USEC: '60000000', WATCHDOG_PID: undefined};
  const count = 'echo "found $(env | grep -c -E "NOTIFY|WATCHDOG")" >&2';
  const ssd = rig.ssd([`--log-file=| ${count}; exec cat >/dev/null`], undefined, {env});
  const worker = await rig.conductor.nextWorker();
  t.deepEqual(
    Object.keys(worker.env).filter(name => /WATCHDOG/.test(name)),
    [],
  );
  t.not(worker.env.NOTIFY_SOCKET, manager.env.NOTIFY_SOCKET);
  t.is(await ssd.line(/^found/), 'found 0');
  await manager.hear('READY');
});

test('a worker that is to speak by sd_notify speaks to ssd, and not to its manager', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  rig.ssd(['--ready=notify'], undefined, {env: manager.env});
  const worker = await rig.conductor.nextWorker();
  t.not(worker.env.NOTIFY_SOCKET, manager.env.NOTIFY_SOCKET);
  await worker.notify('STOPPING=1\nREADY=1');
  await manager.hear('READY');
  t.false(manager.words().includes('STOPPING'));
});

test('a manager that is gone does not matter: it is a problem, and the next restart works', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const ssd = rig.ssd(['--interval=0.1'], undefined, {env: manager.env});
  await manager.hear('READY');
  manager.close();
  t.is((await rig.ssctl(['restart'])).code, 0);
  const {problems} = await status(rig);
  t.like(problems, [{code: 'service-manager', subject: manager.env.NOTIFY_SOCKET}]);
  t.regex(await ssd.line(/warning: .*service manager/), /ENOENT/);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('a manager that does not read holds nothing up, and hears the latest when it reads again', async t => {
  const rig = await createRig(t);
  const path = rig.path('full');
  const [stuck, flood] = [openDatagramSocket(path), openSendingSocket()];
  t.teardown(() => [stuck, flood].forEach(closeSync));
  t.throws(
    () => {
      for (;;) sendTo(flood, unixAddress(path), Buffer.from('X=1'));
    },
    {code: 'EAGAIN'},
  );
  const ssd = rig.ssd(['--interval=0.1'], undefined, {env: {NOTIFY_SOCKET: path}});
  await ssd.line(/warning: .*service manager.*EAGAIN/);
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  for (let nth = 0; nth < 3; nth += 1) t.is((await rig.ssctl(['restart'])).code, 0);
  while (receiveNow(stuck));
  await ssd.line(/resolved after .*service manager/);
  t.is((await rig.ssctl(['status'])).code, 0, 'all that waited has been sent by now');
  const heard: string[] = [];
  for (let one = receiveNow(stuck); one; one = receiveNow(stuck)) heard.push(one.data.toString());
  const states = heard.filter(text => !/^(STATUS|EXTEND)/.test(text)).map(text => text.split('\n')[0]);
  t.deepEqual(states, ['RELOADING=1', 'READY=1']);
  t.true(
    heard.some(text => text.endsWith('STATUS=generation 4 is ready')),
    heard.join('\n'),
  );
});

test('a program that uses the library is the service, so nothing is said for it', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const library = fileURLToPath(new URL('../../../src/library/index.js', import.meta.url));
  const options = {interval: 0.1, control: rig.control, exec: SERVER};
  const code = `import {startServer} from ${JSON.stringify(library)}; await startServer(${JSON.stringify(options)});`;
  const program = rig.start([process.execPath, '--input-type=module', '-e', code], {env: manager.env});
  await program.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['stop'])).code, 0);
  await program.exit();
  t.deepEqual(manager.texts(), []);
});

test('a problem is in the status while it lasts', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  rig.ssd(['--interval=0.1', `--envdir=${rig.path('none')}`], undefined, {env: manager.env});
  const {text} = await manager.hear('READY');
  t.regex(text, /^READY=1\nSTATUS=generation 1 is ready; warning: envdir .*none is ignored/);
});

test('an address of a virtual machine is passed over with a line', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1'], undefined, {env: {NOTIFY_SOCKET: 'vsock:2:1234'}});
  t.regex(await ssd.line(/vsock/), /warning: NOTIFY_SOCKET=vsock:2:1234 is passed over/);
  await ssd.line(/generation 1 is ready/);
});
