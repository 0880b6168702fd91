import {mkdirSync, statSync} from 'node:fs';
import {networkInterfaces} from 'node:os';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {restart} from '../../helpers/clients/control.js';
import {spawnedPid} from '../../helpers/processes.js';
import {needs} from '../../helpers/programs.js';
import {ask, boundPort, createRig, SERVER, SSD} from '../../helpers/rig.js';
import {answerOf, askUdp, freePort} from '../../helpers/sockets.js';

const UDP_SERVER = [process.execPath, fileURLToPath(new URL('../../fixtures/udp.js', import.meta.url))];

test('every kind of stream listener is served, under the name that it was given', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ports = ['--port=127.0.0.1:0', '--port=localhost:0', '--port=[::1]:0', '--port=0'];
  const ssd = rig.ssd([`--path=${path}`, ...ports]);
  const v4 = await boundPort(ssd);
  const localhost = await boundPort(ssd);
  const v6 = await boundPort(ssd);
  const bare = await boundPort(ssd);
  const {env, pid} = await rig.conductor.nextWorker();

  t.is(env.SERVER_STARTER_PORT, `127.0.0.1:0=3;localhost:0=4;[::1]:0=5;0=6;${path}=7`);
  t.is(env.SSD_SOCKET_TYPES, '3=tcp;4=tcp;5=tcp;6=tcp;7=unix');
  t.is(env.SERVER_STARTER_GENERATION, '1');
  for (const target of [v4, localhost, bare, path]) t.deepEqual(await ask(target), {generation: 1, pid});
  t.is(await answerOf({host: '::1', port: v6}), `1:${pid}`);
});

test('without listeners the variables are set and empty', async t => {
  const rig = await createRig(t);
  rig.ssd([]);
  const {env} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, '');
  t.is(env.SSD_SOCKET_TYPES, '');
});

test('one port number serves IPv4 and IPv6 side by side, in either order', async t => {
  for (const order of [
    ['', '[::]:'],
    ['[::]:', '0.0.0.0:'],
  ]) {
    const rig = await createRig(t);
    const port = await freePort();
    const ssd = rig.ssd(order.map(host => `--port=${host}${port}`));
    const {env, pid} = await rig.conductor.nextWorker();
    t.is(env.SERVER_STARTER_PORT, `${order[0]}${port}=3;${order[1]}${port}=4`);
    t.deepEqual(await ask(port), {generation: 1, pid});
    t.is(await answerOf({host: '::1', port}), `1:${pid}`);
    ssd.kill('SIGTERM');
    await ssd.exit();
  }
});

test('an IPv6 listener does not take IPv4', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  rig.ssd([`--port=[::]:${port}`]);
  const {pid} = await rig.conductor.nextWorker();
  t.is(await answerOf({host: '::1', port}), `1:${pid}`);
  await t.throwsAsync(ask(port), {code: 'ECONNREFUSED'});
});

const LINK_LOCAL = Object.entries(networkInterfaces())
  .flatMap(([name, found = []]) => found.map(({address}) => `${address}%${name}`))
  .find(address => address.startsWith('fe80:'));

const withLinkLocal = LINK_LOCAL === undefined ? test.skip : test;
withLinkLocal(`a link-local address is bound on its interface (${LINK_LOCAL ?? 'none here'})`, async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([`--port=[${LINK_LOCAL}]:0`]);
  const port = await boundPort(ssd);
  const {env, pid} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, `[${LINK_LOCAL}]:0=3`);
  t.is(await answerOf({host: LINK_LOCAL, port}), `1:${pid}`);
});

test('a link-local address on an interface that is not there is refused, and the interface named', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd([
    `--control=${rig.control}`,
    '--port=[fe80::1%no]:0',
    '--',
    'true',
  ]);
  t.is(code, 1);
  t.is(stderr, 'ssd: cannot resolve host fe80::1%no: there is no interface no\n');
});

test('TCP and UDP share a port number, and the types tell the two apart', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  rig.ssd([`--port=127.0.0.1:u${port}`, `--port=127.0.0.1:${port}`]);
  const {env, pid} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, `127.0.0.1:${port}=3;127.0.0.1:${port}=4`);
  t.is(env.SSD_SOCKET_TYPES, '3=udp;4=tcp');
  t.deepEqual(await ask(port), {generation: 1, pid});
});

test('a UDP listener is served by one generation after the other', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=u0', '--port=127.0.0.1:u0', '--interval=0.1'], UDP_SERVER);
  const [bare, v4] = [await boundPort(ssd), await boundPort(ssd)];
  const first = await spawnedPid(ssd, 1);
  t.is(await askUdp(bare), `1:${first}`);
  t.is(await askUdp(v4), `1:${first}`);
  t.is((await restart(rig)).verdict, 'completed');
  const second = await spawnedPid(ssd, 2);
  t.is(await askUdp(bare), `2:${second}`);
  t.is(await askUdp(v4), `2:${second}`);
});

test('a UDP port that an ssd has is refused to a second one', async t => {
  const rig = await createRig(t);
  const first = rig.ssd(['--port=u0']);
  const port = await boundPort(first);
  const second = await rig.runSsd([`--port=u${port}`, `--control=${rig.path('other')}`, '--', ...SERVER]);
  t.is(second.code, 1);
  t.regex(second.stderr, new RegExp(`^ssd: cannot listen on udp 0\\.0\\.0\\.0:${port}: EADDRINUSE`, 'm'));
});

test('a TCP port is bound again at once, though connections to it have just ended', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  for (let start = 1; start <= 2; start += 1) {
    const ssd = rig.ssd([`--port=127.0.0.1:${port}`]);
    const {pid} = await rig.conductor.nextWorker();
    // The server hangs up first, so its end of the connection is in TIME_WAIT.
    t.deepEqual(await ask(port), {generation: 1, pid});
    ssd.kill('SIGTERM');
    t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  }
});

test('anybody may connect to a unix listener, whatever the umask', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const command = [process.execPath, SSD, `--control=${rig.control}`, `--path=${path}`, '--', ...SERVER];
  rig.start(['sh', '-c', 'umask 077; exec "$@"', 'sh', ...command]);
  const {pid} = await rig.conductor.nextWorker();
  t.is(statSync(path).mode & 0o7777, 0o777);
  t.deepEqual(await ask(path), {generation: 1, pid});
});

test('a relative path counts from where ssd was started, and keeps its name', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('elsewhere'));
  const ssd = rig.ssd(['--path=./x.sock', '--dir=elsewhere']);
  const {env, cwd, pid} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, './x.sock=3');
  t.is(cwd, rig.path('elsewhere'));
  t.deepEqual(await ask(rig.path('x.sock')), {generation: 1, pid});
  ssd.kill('SIGTERM');
  await ssd.exit();
  t.throws(() => statSync(rig.path('x.sock')), {code: 'ENOENT'});
});

needs('ss')('the backlog is the requested one, by default the limit of the system', async t => {
  const rig = await createRig(t);
  const backlogOf = async (port: number) => {
    const {stdout} = await rig.run(['ss', '-Hltn', `sport = :${port}`]);
    return Number(stdout.trim().split(/\s+/)[2]);
  };
  // A worker that leaves it alone: many call listen again with a number of their own.
  const idle = ['sleep', '1000'];
  const byDefault = rig.ssd(['--port=127.0.0.1:0'], idle);
  const somaxconn = Number((await rig.run(['cat', '/proc/sys/net/core/somaxconn'])).stdout);
  t.is(await backlogOf(await boundPort(byDefault)), somaxconn);
  const asked = rig.ssd(['--port=127.0.0.1:0', '--backlog=7', `--control=${rig.path('c')}`], idle);
  t.is(await backlogOf(await boundPort(asked)), 7);
});
