/** What ssd says to a service manager that listens at NOTIFY_SOCKET. */
import test from 'ava';
import {openFakeManager, valueIn} from '../../helpers/adapters/manager.js';
import {status} from '../../helpers/clients/control.js';
import {createRig} from '../../helpers/rig.js';

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
  const limits = ['--ready=notify', '--ready-timeout=2s', '--stop-timeout=100s'];
  const ssd = rig.ssd(limits, undefined, {env: manager.env});
  const worker = await rig.conductor.nextWorker();
  const asked = Number(valueIn(await manager.hear('EXTEND_TIMEOUT_USEC'), 'EXTEND_TIMEOUT_USEC'));
  t.true(asked > 2e6 && asked <= 7e6, String(asked));
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
  const ssd = rig.ssd([], undefined, {env});
  const beats = [];
  while (beats.length < 6) beats.push(await manager.hear('WATCHDOG'));
  const usec = Number((beats.at(-1)?.at ?? 0n) - (beats[0]?.at ?? 0n));
  t.true(usec > 400_000, `five periods of 100 ms took ${usec} us`);
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
  const show = rig.path('show');
  const args = [
    `--log-file=| env >${show}.new; mv ${show}.new ${show}; exec cat >/dev/null`,
    '--interval=0.1',
  ];
  rig.ssd(args, undefined, {env});
  const worker = await rig.conductor.nextWorker();
  const given = Object.keys(worker.env).filter(name => /NOTIFY|WATCHDOG/.test(name));
  t.deepEqual(given, []);
  await manager.hear('READY');
  const printed = await rig.run([
    'sh',
    '-c',
    `until [ -e ${show} ]; do :; done; grep -c -E "NOTIFY|WATCHDOG" ${show}`,
  ]);
  t.is(printed.stdout, '0\n');
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
