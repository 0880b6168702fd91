/** Sockets that a service manager passes to ssd (LISTEN_FDS) become listeners. */
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {activated, withSockets} from '../../helpers/adapters/activated.js';
import {flagsOf} from '../../helpers/adapters/descriptors.js';
import {restart, status} from '../../helpers/clients/control.js';
import {descriptorOf} from '../../helpers/processes.js';
import {ask, createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';
import {answerOf, askUdp, freePort} from '../../helpers/sockets.js';

const LIBRARY = new URL('../../../src/library/index.js', import.meta.url).href;
const QUICK = '--interval=0.1';
const ACTIVATION = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'];
const SLEEP = ['--', 'sleep', '1000'];

/** Node 20 connects to an abstract address of full length. */
const ASK_ABSTRACT =
  'socket my $s, AF_UNIX, SOCK_STREAM, 0; connect $s, pack_sockaddr_un("\\0$ARGV[0]") or die $!; print <$s>';

type Listed = {readonly name: string; readonly type: string; readonly fd: number; readonly address: string};
const listenersOf = async (rig: Rig) =>
  ((await status(rig)).listeners as readonly Listed[]).map(({name, type, fd}) => `${fd} ${type} ${name}`);

test('sockets of every kind are taken in their order, named by LISTEN_FDNAMES or else by address', async t => {
  const rig = await createRig(t);
  const [port, port6, udp] = [await freePort(), await freePort(), await freePort()];
  const abstract = `ssdt-${port}`;
  const sockets = [
    `tcp:127.0.0.1:${port}`,
    `tcp:[::1]:${port6}`,
    `udp:127.0.0.1:${udp}`,
    `unix:${rig.path('x')}`,
    `abstract:${abstract}`,
    `seqpacket:${rig.path('s')}`,
  ];
  const env = {LISTEN_PIDFDID: '7'};
  const ssd = activated(rig, sockets, [QUICK], {names: 'web:unknown::x:y;z=1:x', env});
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const names = ['web', `[::1]:${port6}`, `127.0.0.1:${udp}`, rig.path('x'), 'y_z_1', rig.path('s')];
  t.is(worker.env.SERVER_STARTER_PORT, names.map((name, nth) => `${name}=${3 + nth}`).join(';'));
  t.is(worker.env.SSD_SOCKET_TYPES, '3=tcp;4=tcp;5=udp;6=unix;7=unix;8=unix');
  t.deepEqual(
    Object.keys(worker.env).filter(name => ACTIVATION.includes(name)),
    [],
  );
  t.deepEqual(Object.keys(worker.descriptors), ['0', '1', '2', '3', '4', '5', '6', '7', '8']);

  await restart(rig);
  t.is((await ask(port)).generation, 2);
  t.regex(await answerOf({host: '::1', port: port6}), /^2:/);
  t.regex(await askUdp(udp), /^2:/);
  t.is((await ask(rig.path('x'))).generation, 2);
  const answer = await rig.run(['perl', '-MSocket', '-e', ASK_ABSTRACT, abstract]);
  t.regex(answer.stdout, /^2:/, answer.stderr);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
  t.true(existsSync(rig.path('x')), 'the path is of whoever made it');
  t.regex(
    ssd.stderr(),
    new RegExp(
      `listening on tcp 127.0.0.1:${port}, descriptor 3 of the workers; passed as descriptor 3 of LISTEN_FDS \\(web\\)`,
    ),
  );
});

test('ssd has them close-on-exec and above the numbers of the workers, with what was set on them', async t => {
  const rig = await createRig(t);
  const ssd = activated(rig, ['tcp:127.0.0.1:0', `unix:${rig.path('x')}`], [QUICK]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const sockets = [3, 4].map(fd => descriptorOf(worker.pid, fd));
  const own = readdirSync(`/proc/${ssd.pid}/fd`)
    .map(Number)
    .filter(fd => sockets.includes(descriptorOf(ssd.pid, fd)));
  t.is(own.length, 2);
  for (const fd of own) {
    t.true(fd > 4);
    t.true(flagsOf(fd, ssd.pid).closeOnExec);
  }
});

test('what is no listening socket is passed over, with a line that says what it is', async t => {
  const rig = await createRig(t);
  const sockets = [
    `fifo:${rig.path('fifo')}`,
    'netlink',
    `tcp:127.0.0.1:0`,
    'connected',
    `datagram:${rig.path('d')}`,
    `file:${process.execPath}`,
  ];
  const ssd = activated(rig, sockets, [QUICK], {names: 'a:b:web:c:d:e'});
  for (const line of [
    /warning: descriptor 3 of LISTEN_FDS \(a\) is passed over: it is a FIFO or a pipe, not a socket$/,
    /warning: descriptor 4 of LISTEN_FDS \(b\) is passed over: it is a netlink socket$/,
    /warning: descriptor 6 of LISTEN_FDS \(c\) is passed over: it is a connected socket, not a listener$/,
    /warning: descriptor 7 of LISTEN_FDS \(d\) is passed over: it is a unix datagram socket$/,
    /warning: descriptor 8 of LISTEN_FDS \(e\) is passed over: it is a file, not a socket$/,
  ])
    await ssd.line(line);
  const worker = await rig.conductor.nextWorker();
  t.is(worker.env.SERVER_STARTER_PORT, 'web=3');
  t.deepEqual(Object.keys(worker.descriptors), ['0', '1', '2', '3']);
});

for (const [what, env, cause] of [
  [
    'with the LISTEN_PID of another process',
    {LISTEN_PID: '1'},
    /LISTEN_PID is 1, and the pid of ssd is \d+: /,
  ],
  ['without a LISTEN_PID', {LISTEN_PID: ''}, /LISTEN_PID is not set: /],
  [
    'with a LISTEN_FDS that is no number',
    {LISTEN_FDS: 'x'},
    /it is not a number of descriptors from 1 to 65536$/,
  ],
] as const) {
  test(`sockets ${what} are passed over with a line, and the ports are bound`, async t => {
    const rig = await createRig(t);
    const ssd = activated(rig, ['tcp:127.0.0.1:0'], ['--port=127.0.0.1:0', QUICK], {env});
    const line = await ssd.line(/warning: LISTEN_FDS=\w+ is passed over/);
    t.regex(line, cause);
    const worker = await rig.conductor.nextWorker();
    t.is(worker.env.SERVER_STARTER_PORT, '127.0.0.1:0=3');
    t.deepEqual(Object.keys(worker.descriptors), ['0', '1', '2', '3']);
  });
}

test('a --port or --path that means the same address takes the socket; the others are bound', async t => {
  const rig = await createRig(t);
  const [port, both, own] = [await freePort(), await freePort(), await freePort()];
  const sockets = [`unix:${rig.path('x')}`, `tcp:[::]:${both}`, `tcp:127.0.0.1:${port}`, 'tcp:127.0.0.1:0'];
  const ports = [`--port=${both}`, `--port=127.0.0.1:${own}`, `--port=localhost:${port}=9`, '--path=./x'];
  const ssd = activated(rig, sockets, [...ports, QUICK], {names: 'a:b:c:d'});
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.is(worker.env.SERVER_STARTER_PORT, `${both}=3;127.0.0.1:${own}=4;localhost:${port}=9;./x=5;d=6`);
  for (const target of [both, own, port, rig.path('x')]) t.is((await ask(target)).generation, 1);
  t.deepEqual(await listenersOf(rig), [
    `3 tcp ${both}`,
    `4 tcp 127.0.0.1:${own}`,
    `9 tcp localhost:${port}`,
    '5 unix ./x',
    '6 tcp d',
  ]);
});

test('a port of the same number on another address is bound, and one that is in the way is told', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const fits = activated(rig, [`tcp:127.0.0.1:${port}`], [`--port=127.0.0.2:${port}`, QUICK]);
  const worker = await rig.conductor.nextWorker();
  t.is(worker.env.SERVER_STARTER_PORT, `127.0.0.2:${port}=3;127.0.0.1:${port}=4`);
  fits.kill('SIGTERM');
  await fits.exit();
  const other = activated(rig, [`tcp:127.0.0.1:${port}`], [`--port=${port}`]);
  await other.line(
    /EADDRINUSE .*ssd itself listens there: for a --port, .*, or with a socket that was passed to it$/,
  );
  t.is((await other.exit()).code, 1);
});

test('--check says what a start would take and what it would pass over, and takes nothing away', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const sockets = [`tcp:127.0.0.1:${port}`, `fifo:${rig.path('fifo')}`, `unix:${rig.path('x')}`];
  const command = [
    INSTALLED.ssd,
    `--control=${rig.control}`,
    '--check',
    `--port=127.0.0.1:${port}`,
    ...SLEEP,
  ];
  const {code, stdout, stderr} = await rig.run(withSockets(sockets, command));
  t.is(code, 0);
  t.is(
    stdout,
    `ssd: descriptor 3 of LISTEN_FDS becomes the listener 127.0.0.1:${port}: tcp 127.0.0.1:${port}, descriptor 3 of the workers
ssd: descriptor 5 of LISTEN_FDS becomes the listener ${rig.path('x')}: unix ${rig.path('x')}, descriptor 4 of the workers
ssd: everything is in order
`,
  );
  t.is(stderr, 'ssd: descriptor 4 of LISTEN_FDS is passed over: it is a FIFO or a pipe, not a socket\n');
  t.true(statSync(rig.path('x')).isSocket());
});

test('in the background ssd has what was passed to the command', async t => {
  const rig = await createRig(t);
  const files = [`--pid-file=${rig.path('pid')}`, `--log-file=${rig.path('log')}`];
  const command = [INSTALLED.ssd, '--daemonize', `--control=${rig.control}`, ...files, '--', ...SERVER];
  const port = await freePort();
  const started = await rig.run(withSockets(['closed', `tcp:127.0.0.1:${port}`], command), {
    env: {LISTEN_FDNAMES: 'gone:web'},
  });
  t.is(started.code, 0, started.stderr);
  const worker = await rig.conductor.nextWorker();
  t.is(worker.env.SERVER_STARTER_PORT, 'web=3');
  t.is((await ask(port)).pid, worker.pid);
  await rig.runSsd(['--stop', `--pid-file=${rig.path('pid')}`]);
  t.regex(readFileSync(rig.path('log'), 'utf8'), /descriptor 3 of LISTEN_FDS \(gone\) is passed over/);
});

test('started by node, ssd executes itself again with what was passed to it', async t => {
  const rig = await createRig(t);
  const command = [process.execPath, INSTALLED.ssd, `--control=${rig.control}`, '--', ...SERVER];
  rig.start(withSockets(['tcp:127.0.0.1:0'], command), {
    env: {NODE_OPTIONS: '--no-warnings', LISTEN_FDNAMES: 'web'},
  });
  t.is((await rig.conductor.nextWorker()).env.SERVER_STARTER_PORT, 'web=3');
});

test('startServer takes what was passed to its process, and leaves no word of it behind', async t => {
  const rig = await createRig(t);
  const options = {exec: SERVER, interval: 0.1, control: rig.control};
  writeFileSync(
    rig.path('app.mjs'),
    `import {startServer} from ${JSON.stringify(LIBRARY)};
     const running = startServer(${JSON.stringify(options)});
     process.once('SIGUSR2', () => console.error('left: ' + process.env.LISTEN_FDS));
     await running;`,
  );
  const command = [process.execPath, rig.path('app.mjs')];
  const app = rig.start(withSockets(['tcp:127.0.0.1:0'], command), {env: {LISTEN_FDNAMES: 'web'}});
  t.is((await rig.conductor.nextWorker()).env.SERVER_STARTER_PORT, 'web=3');
  await app.line(/generation 1 is ready/);
  app.kill('SIGUSR2');
  await app.line(/^left: undefined/);
});
