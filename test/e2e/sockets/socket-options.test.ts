import net from 'node:net';
import test from 'ava';
import {needs} from '../../helpers/programs.js';
import {ask, boundPort, createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';
import {answerOf, freePort} from '../../helpers/sockets.js';

/** A worker that says what getsockopt(2) tells of its listener, as LEVEL:OPTION=VALUE. */
const asker = (level: number, option: number) => [
  'perl',
  '-e',
  `open S, "+<&=", 3; printf STDERR "value %d\\n", unpack "i", getsockopt(S, ${level}, ${option}); sleep 1000`,
];

async function optionOf(rig: Rig, args: readonly string[], level: number, option: number): Promise<number> {
  const ssd = rig.ssd(args, asker(level, option));
  const line = await ssd.line(/^value /);
  ssd.kill('SIGTERM');
  await ssd.exit();
  return Number(line.replace('value ', ''));
}

const [IPPROTO_IP, SOL_SOCKET, IPPROTO_TCP, IPPROTO_IPV6] = [0, 1, 6, 41];

for (const [title, args, level, option, value] of [
  ['--reuse-port is SO_REUSEPORT of TCP', ['--port=127.0.0.1:0', '--reuse-port'], SOL_SOCKET, 15, 1],
  ['--reuse-port is SO_REUSEPORT of UDP', ['--port=127.0.0.1:u0', '--reuse-port'], SOL_SOCKET, 15, 1],
  ['without it there is none', ['--port=127.0.0.1:0'], SOL_SOCKET, 15, 0],
  ['--fast-open is TCP_FASTOPEN', ['--port=127.0.0.1:0', '--fast-open'], IPPROTO_TCP, 23, 256],
  ['--fast-open=N is N', ['--port=127.0.0.1:0', '--fast-open=7'], IPPROTO_TCP, 23, 7],
  ['--defer-accept is TCP_DEFER_ACCEPT', ['--port=127.0.0.1:0', '--defer-accept'], IPPROTO_TCP, 9, 1],
  // The kernel counts retransmissions: 1, 3, 7 seconds.
  ['--defer-accept=3s is 3', ['--port=127.0.0.1:0', '--defer-accept=3s'], IPPROTO_TCP, 9, 3],
  ['--freebind is IP_FREEBIND', ['--port=127.0.0.1:0', '--freebind'], IPPROTO_IP, 15, 1],
  ['--freebind is IPV6_FREEBIND', ['--port=[::1]:0', '--freebind'], IPPROTO_IPV6, 78, 1],
  ['--ipv6-dual turns IPV6_V6ONLY off', ['--port=[::]:0', '--ipv6-dual'], IPPROTO_IPV6, 26, 0],
] as const) {
  test(title, async t => {
    t.is(await optionOf(await createRig(t), args, level, option), value);
  });
}

test('with --reuse-port two ssd serve one port side by side', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const start = (control: string) =>
    rig.start([
      INSTALLED.ssd,
      `--control=${rig.path(control)}`,
      `--port=127.0.0.1:${port}`,
      '--reuse-port',
      '--',
      ...SERVER,
    ]);
  start('c1');
  const one = await rig.conductor.nextWorker();
  start('c2');
  const two = await rig.conductor.nextWorker();
  // The kernel chooses by a hash of the client's port: that all 64 go to one of two has a chance of 1 in 2^63.
  const answers = await Promise.all(Array.from({length: 64}, () => ask(port)));
  t.deepEqual([...new Set(answers.map(({pid}) => pid))].sort(), [one.pid, two.pid].sort());

  const without = await rig.runSsd([
    `--control=${rig.path('c3')}`,
    `--port=127.0.0.1:${port}`,
    '--',
    ...SERVER,
  ]);
  t.is(without.code, 1);
  t.regex(without.stderr, /EADDRINUSE/);
});

needs('strace')('--check of a shared port takes no connection of those who serve it', async t => {
  const rig = await createRig(t);
  const ports = ['--port=127.0.0.1:0', '--port=127.0.0.1:u0', '--reuse-port'];
  const strace = ['strace', '-y', '-e', 'trace=bind,listen'];
  const check = [INSTALLED.ssd, '--check', `--control=${rig.control}`, ...ports, '--', ...SERVER];
  const {code, stderr} = await rig.run([...strace, ...check]);
  t.is(code, 0);
  const calls = stderr.split('\n').filter(line => /AF_INET|TCP/.test(line));
  t.deepEqual(
    calls.map(line => line.slice(0, 5)),
    ['bind('],
  );
});

test('with --ipv6-dual one listener answers on IPv4 and IPv6', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  rig.ssd([`--port=[::]:${port}`, '--ipv6-dual']);
  const {env, pid} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, `[::]:${port}=3`);
  t.deepEqual(await ask(port), {generation: 1, pid});
  t.is(await answerOf({host: '::1', port}), `1:${pid}`);
  const both = [`--port=[::]:${await freePort()}`, '--ipv6-dual'];
  const port4 = both[0]?.split(':').at(-1);
  const second = await rig.runSsd([
    `--control=${rig.path('c')}`,
    ...both,
    `--port=${port4}`,
    '--',
    ...SERVER,
  ]);
  t.regex(second.stderr, /^ssd: cannot listen on tcp .*: EADDRINUSE.*; ssd itself listens there/);
});

test('with --defer-accept a worker gets a connection when data has come', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--defer-accept=1m']);
  const port = await boundPort(ssd);
  const {pid} = await rig.conductor.nextWorker();
  const silent = net.connect({host: '127.0.0.1', port});
  t.teardown(() => silent.destroy());
  const answers: string[] = [];
  const answered = new Promise<void>(resolve => {
    silent.on('data', data => {
      answers.push(String(data));
      resolve();
    });
  });
  await new Promise<void>(resolve => silent.once('connect', () => resolve()));
  // A later client overtakes it. Without the option the first in the queue would have been answered first.
  const talker = net.connect({host: '127.0.0.1', port});
  talker.write('x');
  const [answer] = (await new Promise<unknown[]>(resolve =>
    talker.once('data', (...data) => resolve(data)),
  )) as [Buffer];
  t.is(String(answer), `1:${pid}\n`);
  t.deepEqual(answers, []);
  silent.write('x');
  await answered;
  t.deepEqual(answers, [`1:${pid}\n`]);
});

test('an address that the machine does not have is refused, and with --freebind it is bound', async t => {
  const rig = await createRig(t);
  const args = ['--port=192.0.2.1:0', '--port=[2001:db8::1]:0'];
  const refused = await rig.runSsd([`--control=${rig.control}`, ...args, '--', ...SERVER]);
  t.regex(refused.stderr, /^ssd: cannot listen on tcp 192\.0\.2\.1:0: EADDRNOTAVAIL/);
  const ssd = rig.ssd([...args, '--freebind']);
  await ssd.line(/listening on tcp 192\.0\.2\.1:\d+/);
  await ssd.line(/listening on tcp \[2001:db8::1\]:\d+/);
});

/** In a network namespace of its own, with the server side of TCP Fast Open on (2) or not. */
const inNamespace = (setting: number) => [
  ...['unshare', '-n', 'sh', '-c'],
  `ip link set lo up && echo ${setting} > /proc/sys/net/ipv4/tcp_fastopen && exec "$@"`,
  'sh',
];
const withNamespaces = needs('ip', 'unshare', 'nsenter', 'perl');

asRoot(
  'an address that comes later serves then, without a restart',
  async t => {
    const rig = await createRig(t);
    const args = ['--port=192.0.2.1:8080', '--freebind'];
    const ssd = rig.start([
      ...inNamespace(1),
      INSTALLED.ssd,
      `--control=${rig.control}`,
      ...args,
      '--',
      ...SERVER,
    ]);
    const {pid} = await rig.conductor.nextWorker();
    const client = 'ip addr add 192.0.2.1/32 dev lo && exec perl -MIO::Socket::INET -e "$1"';
    const perl = 'print IO::Socket::INET->new("192.0.2.1:8080")->getline';
    const {stdout} = await rig.run(['nsenter', '-t', String(ssd.pid), '-n', 'sh', '-c', client, 'sh', perl]);
    t.is(stdout, `1:${pid}\n`);
  },
  withNamespaces,
);

/** Sends data in its SYN, once to get the cookie and once with it, and prints how many the kernel has taken in. */
const FAST_CLIENT = `
  use Socket;
  for (1, 2) {
    socket my $socket, AF_INET, SOCK_STREAM, 0;
    defined send $socket, "x", 0x20000000, pack_sockaddr_in(8080, inet_aton "127.0.0.1") or die $!;
    readline $socket;
  }
  open my $counts, "<", "/proc/self/net/netstat";
  my ($names, $values) = map { [split] } grep { /^TcpExt:/ } <$counts>;
  my %count; @count{@$names} = @$values;
  print $count{TCPFastOpenPassive};`;

asRoot(
  'with --fast-open a request comes with the first packet; where the system has it off, a line says so',
  async t => {
    for (const [setting, taken] of [
      [3, '1'],
      [1, '0'],
    ] as const) {
      const rig = await createRig(t);
      const args = ['--port=8080', '--fast-open'];
      const ssd = rig.start([
        ...inNamespace(setting),
        INSTALLED.ssd,
        `--control=${rig.control}`,
        ...args,
        '--',
        ...SERVER,
      ]);
      await rig.conductor.nextWorker();
      const {stdout} = await rig.run(['nsenter', '-t', String(ssd.pid), '-n', 'perl', '-e', FAST_CLIENT]);
      t.is(stdout, taken, String(setting));
      const warning =
        /--fast-open has no effect: net\.ipv4\.tcp_fastopen is 1; sysctl -w net\.ipv4\.tcp_fastopen=3/;
      t.is(warning.test(await ssd.told()), setting === 1);
    }
  },
  withNamespaces,
);
