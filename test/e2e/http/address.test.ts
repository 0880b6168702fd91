/** Where `--http` may be, who reaches it, and what is there before and after. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {problemsOf} from '../../helpers/clients/control.js';
import {get, httpPlace} from '../../helpers/clients/http.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';
import {text} from '../../manual/page.js';

const SLEEP = ['sleep', '1000'];

test('a unix path is private to its user, and with --http-public it is for all', async t => {
  for (const [options, mode] of [
    [[], 0o600],
    [['--http-public'], 0o666],
  ] as const) {
    const rig = await createRig(t);
    const path = rig.path('http');
    const ssd = rig.ssd([`--http=${path}`, '--interval=0', ...options], SLEEP);
    t.is(await httpPlace(ssd), path);
    t.is(statSync(path).mode & 0o777, mode);
    t.is((await get(path, '/livez', {headers: {host: 'any.name'}})).status, 200);
    ssd.kill('SIGTERM');
    await ssd.exit();
    t.false(existsSync(path));
  }
});

asRoot('another user cannot connect to a private path', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o755);
  const path = rig.path('http');
  const ssd = rig.ssd([`--http=${path}`, '--interval=0'], SLEEP);
  await ssd.line(/generation 1 is ready/);
  const connect = `require('net').connect('${path}').on('error', e => console.log(e.code))`;
  const {stdout} = await rig.run([process.execPath, '-e', connect], {uid: 65_534});
  t.is(stdout, 'EACCES\n');
});

test('the socket of a killed ssd is replaced, that of a living one is not', async t => {
  const rig = await createRig(t);
  const path = rig.path('http');
  const options = [`--http=${path}`, '--interval=0'];
  const first = rig.ssd(options, SLEEP);
  await first.line(/generation 1 is ready/);
  const refused = await rig.runSsd([...options, `--control=${rig.path('other')}`, '--', ...SLEEP]);
  t.is(refused.code, 1);
  t.regex(refused.stderr, new RegExp(`^ssd: .*${path}.* pid ${first.pid}\\b.*\\n$`));
  first.kill('SIGKILL');
  await first.exit();
  t.true(existsSync(path));
  const second = rig.ssd(options, SLEEP);
  await httpPlace(second);
  t.is((await get(path, '/livez')).status, 200);
});

test('a port in use: which process has it; nothing is left behind', async t => {
  const rig = await createRig(t);
  const other = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await new Promise(resolve => other.once('listening', resolve));
  const {port} = other.address() as net.AddressInfo;
  const before = readdirSync(rig.directory);
  for (const mode of [[], ['--check']]) {
    const {code, stderr} = await rig.runSsd([
      ...mode,
      `--control=${rig.control}`,
      `--pid-file=${rig.path('pid')}`,
      `--http=${port}`,
      '--',
      ...SLEEP,
    ]);
    t.is(code, 1);
    t.regex(
      stderr,
      new RegExp(
        `^ssd: cannot listen on tcp 127\\.0\\.0\\.1:${port}: EADDRINUSE \\(address already in use\\); the process with pid ${process.pid} \\([^)]+\\) listens there\\n$`,
      ),
    );
    t.deepEqual(readdirSync(rig.directory), before);
  }
});

test('a port that a listener has is refused by a check as by a start', async t => {
  const rig = await createRig(t);
  const other = net.createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => other.once('listening', resolve));
  const {port} = other.address() as net.AddressInfo;
  await new Promise(resolve => other.close(resolve));
  for (const listener of [`127.0.0.1:${port}`, `${port}`])
    for (const mode of [[], ['--check']]) {
      const line = [`--control=${rig.control}`, `--port=${listener}`, `--http=${port}`, '--', ...SLEEP];
      const {code, stderr} = await rig.runSsd([...mode, ...line]);
      t.is(code, 1);
      t.regex(
        stderr,
        new RegExp(`cannot listen on tcp 127\\.0\\.0\\.1:${port}: .*ssd itself listens there: for a --port`),
      );
    }
});

test('an address that other machines reach needs --http-public, and answers to any name', async t => {
  const rig = await createRig(t);
  for (const value of ['0.0.0.0:0', '[::]:0']) {
    const {code, stderr} = await rig.runSsd([`--control=${rig.control}`, `--http=${value}`, '--', ...SLEEP]);
    t.is(code, 2);
    t.is(
      stderr,
      `ssd: --http=${value}: other machines could reach it: give 127.0.0.1:0, or add --http-public\n`,
    );
  }
  const [printed = ''] = /(?<=Ql )--http=\S+ --http-public/.exec(text('ssd.8', 'HTTP')) ?? [];
  const options = printed.replace('9090', '0').split(' ');
  t.deepEqual(options, ['--http=0.0.0.0:0', '--http-public'], 'what the manual says of Kubernetes');
  const ssd = rig.ssd([...options, '--interval=0'], SLEEP);
  const place = await httpPlace(ssd);
  for (const host of ['web-1.example:9090', '10.1.2.3:9090'])
    t.is((await get(place, '/livez', {headers: {host, 'user-agent': 'kube-probe/1.31'}})).status, 200);
});

test('a check beside the running instance leaves its address alone', async t => {
  const rig = await createRig(t);
  const path = rig.path('http');
  const ssd = rig.ssd([`--http=${path}`, '--interval=0'], SLEEP);
  await ssd.line(/generation 1 is ready/);
  const {code, stdout} = await rig.runSsd([
    '--check',
    `--control=${rig.control}`,
    '--port=127.0.0.1:0',
    `--http=${path}`,
    '--',
    ...SLEEP,
  ]);
  t.is(code, 0);
  t.regex(stdout, new RegExp(`^ssd: not tested: control socket, HTTP ${path} \\(the running instance`));
  t.is((await get(path, '/livez')).status, 200);
});

test('a path that somebody removed is made again, and the problem is told', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('run'));
  const path = rig.path('run/http');
  const ssd = rig.ssd([`--http=${path}`, '--interval=0'], SLEEP);
  await httpPlace(ssd);
  await get(path, '/livez');
  rmSync(path);
  await ssd.line(/path of --http .*was removed; ssd made it again/);
  t.is((await get(path, '/livez')).status, 200);
  writeFileSync(rig.path('file'), 'of somebody');
  renameSync(rig.path('file'), path);
  await ssd.line(/HTTP is not served at .*: .*not a socket/);
  t.like(await problemsOf(rig), [{code: 'http-off', subject: path}]);
  renameSync(path, rig.path('file'));
  await ssd.line(/HTTP was not served at .*: .*not a socket/);
  t.is((await get(path, '/livez')).status, 200);
  const {stdout} = await rig.ssctl(['events', '--json']);
  t.is(stdout.split('\n').filter(line => line.includes('ssd made it again')).length, 2, 'of the first time');
  renameSync(rig.path('file'), path);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
  t.is(readFileSync(path, 'utf8'), 'of somebody');
});

test('no worker inherits the socket or a client', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', `--http=${rig.path('http')}`, '--interval=0']);
  await ssd.line(/generation 1 is ready/);
  await rig.conductor.nextWorker();
  const client = net.connect(rig.path('http'));
  t.teardown(() => client.destroy());
  await get(rig.path('http'), '/livez');
  t.is((await rig.ssctl(['restart'])).code, 0);
  const {pid} = await rig.conductor.nextWorker();
  const held = readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`));
  const own = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter(line => line.endsWith(rig.path('http')))
    .map(line => `socket:[${line.split(/\s+/)[6]}]`);
  t.is(own.length, 2, 'it listens, and has a client');
  t.deepEqual(
    held.filter(one => own.includes(one)),
    [],
  );
});

test('it works in the background and from a file, and --check tells a path that is given twice', async t => {
  const rig = await createRig(t);
  const [config, path] = [rig.path('ssd.json'), rig.path('http')];
  writeFileSync(
    config,
    JSON.stringify({http: path, interval: 0, 'log-file': rig.path('log'), program: SLEEP}),
  );
  const line = [`--config=${config}`, `--control=${rig.control}`];
  t.is((await rig.runSsd([...line, '--daemonize'])).code, 0);
  t.is((await get(path, '/livez')).status, 200);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.false(existsSync(path));
  const twice = await rig.runSsd(['--check', ...line, `--pid-file=${path}`]);
  t.is(twice.code, 2);
  t.regex(twice.stderr, /--pid-file and --http/);
});
