/** What the system refuses to ssd: ports, rights, limits, and unusable places for the control socket. */
import {chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {status} from '../../helpers/clients/control.js';
import {createRig, type Rig, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot, POWERLESS, STRANGER} from '../../helpers/root.js';

const command = (rig: Rig, ...args: readonly string[]) => [
  ...[process.execPath, SSD, `--control=${rig.control}`, ...args],
  ...['--', 'sleep', '1000'],
];

test('a port that another process has', async t => {
  const rig = await createRig(t);
  const other = net.createServer();
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const {port} = other.address() as net.AddressInfo;
  const before = readdirSync(rig.directory);
  const args = [`--path=${rig.path('x')}`, '--port=127.0.0.1:0', `--port=127.0.0.1:${port}`];
  const {code, stderr} = await rig.run(command(rig, ...args, `--pid-file=${rig.path('pid')}`));
  t.is(code, 1);
  t.regex(
    stderr,
    /^ssd: cannot listen on tcp 127\.0\.0\.1:\d+: EADDRINUSE \(address already in use\); the process with pid \d+ \([^)\n]+\) listens there\n$/,
  );
  t.deepEqual(readdirSync(rig.directory), before);
});

asRoot('a privileged port without the right to it', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.run([...POWERLESS, ...command(rig, '--port=127.0.0.1:1')]);
  t.is(code, 1);
  t.is(
    stderr,
    'ssd: cannot listen on tcp 127.0.0.1:1: EACCES (permission denied); a port below 1024 needs root or CAP_NET_BIND_SERVICE\n',
  );
});

test('a descriptor beyond the limit of open files', async t => {
  const rig = await createRig(t);
  const limited = ['sh', '-c', 'ulimit -n 256; exec "$@"', 'sh', ...command(rig, '--port=127.0.0.1:0=300')];
  const {code, stderr} = await rig.run(limited);
  t.is(code, 1);
  t.is(
    stderr,
    'ssd: cannot place a listener at descriptor 300: the limit of open files is 256; raise it or choose a lower number\n',
  );
});

const unwritable = (what: string, option: string) =>
  asRoot(`a ${what} that may not be written`, async t => {
    const rig = await createRig(t);
    const path = foreign(rig, 'file');
    const {code, stderr} = await rig.run([...POWERLESS, ...command(rig, `--${option}=${path}`)]);
    t.is(code, 1);
    t.is(stderr, `ssd: cannot write ${what} ${path}: EACCES (permission denied)\n`);
    t.is(readFileSync(path, 'utf8'), 'precious');
  });

unwritable('pid file', 'pid-file');
unwritable('status file', 'status-file');
unwritable('log file', 'log-file');

asRoot('a directory that may not be entered', async t => {
  const rig = await createRig(t);
  foreign(rig, 'file');
  const {code, stderr} = await rig.run([...POWERLESS, ...command(rig, `--dir=${rig.path('foreign')}`)]);
  t.is(code, 1);
  t.is(stderr, `ssd: cannot change to directory ${rig.path('foreign')}: EACCES (permission denied)\n`);
});

test('a control socket on which another ssd listens', async t => {
  const rig = await createRig(t);
  const first = rig.ssd([]);
  await first.line(/generation 1 spawned/);
  const {code, stderr} = await rig.run(command(rig, '--port=127.0.0.1:0'));
  t.is(code, 1);
  t.is(
    stderr,
    `ssd: cannot make control socket ${rig.control}: the process with pid ${first.pid} is listening there; choose another --name\n`,
  );
  t.is((await status(rig)).pid, first.pid);
});

const withoutControl = (title: string, place: (rig: Rig) => string, problem: RegExp) =>
  asRoot(`${title} is a warning, and ssd runs on`, async t => {
    const rig = await createRig(t);
    chmodSync(rig.directory, 0o777);
    const env = {XDG_RUNTIME_DIR: place(rig)};
    const args = [process.execPath, SSD, '--', 'sleep', '1000'];
    const ssd = rig.start(args, {uid: STRANGER, env});
    t.regex(await ssd.line(/warning: (?!no listener)/), problem);
    await ssd.line(/generation 1 spawned/);
    ssd.kill('SIGTERM');
    t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  });

withoutControl(
  'a default place for the control socket that is a file',
  rig => {
    writeFileSync(rig.path('file'), '');
    return rig.path('file');
  },
  /running without a control socket: cannot make control socket \S+\/file\/ssd: ENOTDIR/,
);
withoutControl(
  'a default place for the control socket that another user prepared',
  rig => {
    mkdirSync(rig.path('ssd'), {mode: 0o777});
    return rig.directory;
  },
  /cannot make control socket \S+\/ssd: it belongs to uid 0, not to 65534$/,
);
withoutControl(
  'a default place for the control socket that others may enter',
  rig => {
    mkdirSync(rig.path('ssd'));
    chmodSync(rig.path('ssd'), 0o755);
    chownSync(rig.path('ssd'), STRANGER, STRANGER);
    return rig.directory;
  },
  /other users can enter it; its mode must be 0700$/,
);
withoutControl(
  'a default place for the control socket whose path is too long',
  rig => {
    const long = rig.path('x'.repeat(100));
    mkdirSync(long);
    chmodSync(long, 0o777);
    return long;
  },
  /it has \d+ bytes; a unix socket path has at most 107$/,
);

test('a control socket that a dead ssd has left is replaced', async t => {
  const rig = await createRig(t);
  const dead = rig.ssd([]);
  await dead.line(/generation 1 spawned/);
  dead.kill('SIGKILL');
  await dead.exit();
  t.true(existsSync(rig.control));
  const living = rig.ssd([], SERVER);
  await living.line(/generation \d spawned/);
  t.is((await status(rig)).pid, living.pid);
});

/** A file of another user in a directory of theirs. @returns its path */
function foreign(rig: Rig, name: string): string {
  const directory = rig.path('foreign');
  mkdirSync(directory, {mode: 0o700});
  writeFileSync(`${directory}/${name}`, 'precious', {mode: 0o600});
  for (const path of [`${directory}/${name}`, directory]) chownSync(path, STRANGER, STRANGER);
  return `${directory}/${name}`;
}
