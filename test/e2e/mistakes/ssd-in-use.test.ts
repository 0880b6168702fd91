/** What a new user of ssd is told when a port or a path is in use, with the whole answers. */
import net from 'node:net';
import test from 'ava';
import {boundPort, createRig} from '../../helpers/rig.js';

const SLEEP = ['--', 'sleep', '1000'];

test('a port that another process has: which process', async t => {
  const rig = await createRig(t);
  const other = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await new Promise(resolve => other.once('listening', resolve));
  const {port} = other.address() as net.AddressInfo;
  const {code, stderr} = await rig.runSsd([
    `--control=${rig.control}`,
    '--check',
    `--port=127.0.0.1:${port}`,
    ...SLEEP,
  ]);
  t.is(code, 1);
  t.regex(
    stderr,
    new RegExp(
      `^ssd: cannot listen on tcp 127\\.0\\.0\\.1:${port}: EADDRINUSE \\(address already in use\\); the process with pid ${process.pid} \\([^)]+\\) listens there\\n$`,
    ),
  );
});

test('a port that workers of a killed ssd have: which, and what to do', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=2', '--interval=0.1']);
  const port = await boundPort(ssd);
  const workers = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  await ssd.line(/generation 1 is ready/);
  const again = [`--control=${rig.control}`, `--port=127.0.0.1:${port}`, ...SLEEP];
  // A worker that has its ssd is not left of anything.
  t.notRegex((await rig.runSsd([`--control=${rig.path('c2')}`, ...again.slice(1)])).stderr, /kill/);
  ssd.kill('SIGKILL');
  await ssd.exit();
  const {code, stderr} = await rig.runSsd(['--adopt=no', ...again]);
  t.is(code, 1);
  const [first, second] = workers.map(({pid}) => pid).sort((a, b) => a - b);
  t.regex(
    stderr,
    new RegExp(
      `the process with pid ${first} \\(perl\\) listens there; it seems to be a worker that a killed ssd left: end all of these with kill ${first} ${second}\\n$`,
    ),
  );
});

test('a port that ssd itself has, under another name', async t => {
  const rig = await createRig(t);
  const free = net.createServer().listen(0);
  await new Promise(resolve => free.once('listening', resolve));
  const {port} = free.address() as net.AddressInfo;
  await new Promise(resolve => free.close(resolve));
  const {code, stderr} = await rig.runSsd([
    `--control=${rig.control}`,
    '--check',
    `--port=${port}`,
    `--port=127.0.0.1:${port}`,
    ...SLEEP,
  ]);
  t.is(code, 1);
  t.is(
    stderr,
    `ssd: cannot listen on tcp 127.0.0.1:${port}: EADDRINUSE (address already in use); ssd itself listens there: for a --port, by --ipv6-dual, or with a socket that was passed to it\n`,
  );
});

test('a path that ssd itself has, under another name', async t => {
  const rig = await createRig(t);
  const paths = [`--path=${rig.path('x')}`, '--path=./x'];
  const {code, stderr} = await rig.runSsd([`--control=${rig.control}`, '--check', ...paths, ...SLEEP]);
  t.is(code, 2);
  t.is(stderr, 'ssd: --path is given twice for one file: ./x\n');
});
