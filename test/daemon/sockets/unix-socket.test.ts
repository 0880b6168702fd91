import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {isOwnPath} from '../../../src/daemon/files/own-path.js';
import {type BoundPath, bindUnixSocket, listenerAt} from '../../../src/daemon/sockets/unix-socket.js';
import {
  AF_UNIX,
  bind,
  listen,
  probeUnix,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
  tryLock,
  unixAddress,
} from '../../../src/daemon/system/posix.js';
import {closing, flagsOf, openDescriptors} from '../../helpers/adapters/descriptors.js';
import {EXHAUST, jsonOf, limited, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {needs} from '../../helpers/programs.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const BACKLOG = 10;
const take = (path: string, mode = 0o600) => bindUnixSocket(path, {mode, owner: null}, BACKLOG);

function bound(t: ExecutionContext, path: string, mode?: number): BoundPath {
  const taken = take(path, mode);
  if (!('fd' in taken)) throw new Error(JSON.stringify(taken));
  closing(t, taken.fd);
  return taken;
}

/** A socket whose owner is gone. */
function leaveStale(path: string): void {
  const fd = socket(AF_UNIX, SOCK_STREAM);
  bind(fd, unixAddress(path));
  listen(fd, BACKLOG);
  closeSync(fd);
}

// The umask belongs to the whole process.
test.serial('the modes are as asked, and the umask is as before', t => {
  const directory = temporaryDirectory(t);
  const former = process.umask(0o027);
  t.teardown(() => process.umask(former));
  const open = bound(t, join(directory, 'open'), 0o777);
  const shut = bound(t, join(directory, 'shut'), 0o600);
  t.deepEqual(
    [open, shut].map(({path}) => lstatSync(path).mode & 0o777),
    [0o777, 0o600],
  );
  t.is('problem' in take(join(directory, 'no', 'socket')), true);
  t.is(process.umask(), 0o027);
});

test('it listens, close-on-exec and blocking, and knows which file is its own', t => {
  const path = join(temporaryDirectory(t), 'socket');
  const {fd, identity, path: at} = bound(t, path);
  t.is(at, path);
  t.deepEqual(flagsOf(fd), {closeOnExec: true, nonBlocking: false});
  t.true(isOwnPath(path, identity));
  t.deepEqual(listenerAt(path), {pid: process.pid});
});

test('the socket of a process that is gone is replaced', t => {
  const path = join(temporaryDirectory(t), 'socket');
  leaveStale(path);
  t.deepEqual(listenerAt(path), {code: 'ECONNREFUSED'});
  bound(t, path);
  t.deepEqual(listenerAt(path), {pid: process.pid});
});

test('the socket of a living process is left alone, and that process named', t => {
  const path = join(temporaryDirectory(t), 'socket');
  const {identity} = bound(t, path);
  t.deepEqual(take(path), {problem: 'in-use', pid: process.pid});
  t.true(isOwnPath(path, identity));
});

test('a socket on which somebody does not listen for streams counts as in use', t => {
  const directory = temporaryDirectory(t);
  const datagram = join(directory, 'datagram');
  bind(closing(t, socket(AF_UNIX, SOCK_DGRAM)), unixAddress(datagram));
  t.deepEqual(take(datagram), {problem: 'in-use', pid: null});
  const full = join(directory, 'full');
  const fd = closing(t, socket(AF_UNIX, SOCK_STREAM));
  bind(fd, unixAddress(full));
  listen(fd, 0);
  probeUnix(unixAddress(full));
  t.deepEqual(take(full), {problem: 'in-use', pid: null}, 'its queue is full');
  const early = join(directory, 'early');
  bind(closing(t, socket(AF_UNIX, SOCK_STREAM)), unixAddress(early));
  t.deepEqual(take(early), {problem: 'in-use', pid: null}, 'its program does not listen yet');
});

test('a file that is not a socket is left alone', t => {
  const directory = temporaryDirectory(t);
  const path = (name: string) => join(directory, name);
  writeFileSync(path('file'), 'precious');
  mkdirSync(path('directory'));
  leaveStale(path('stale'));
  symlinkSync(path('stale'), path('link'));
  symlinkSync(path('nothing'), path('dangling'));
  for (const name of ['file', 'directory', 'link', 'dangling']) {
    t.deepEqual(take(path(name)), {problem: 'not-a-socket'}, name);
    t.notThrows(() => lstatSync(path(name)), name);
  }
  t.is(readFileSync(path('file'), 'utf8'), 'precious');
  t.false(existsSync(path('nothing')));
});

test.serial('a place that cannot be used says why, and no descriptor is left open', t => {
  const directory = temporaryDirectory(t);
  const path = (bytes: number) => join(directory, 'x'.repeat(bytes - directory.length - 1));
  bound(t, path(107));
  writeFileSync(join(directory, 'file'), '');
  const before = openDescriptors();
  t.deepEqual(take(path(108)), {problem: 'failed', cause: 'EINVAL'});
  t.deepEqual(take(join(directory, 'no', 'socket')), {problem: 'failed', cause: 'ENOENT'});
  t.deepEqual(take(join(directory, 'file', 'socket')), {problem: 'failed', cause: 'ENOTDIR'});
  t.deepEqual(openDescriptors().length, before.length);
});

asRoot('a directory that is not ours is refused, and what is in it is left alone', async t => {
  const rig = await createRig(t);
  leaveStale(rig.path('stale'));
  const script = `
    import {bindUnixSocket} from '${source('daemon/sockets/unix-socket')}';
    console.log(JSON.stringify(process.argv.slice(1).map(path => bindUnixSocket(path, {mode: 0o600, owner: null}, 10))));`;
  const command = scriptCommand(script, rig.path('new'), rig.path('stale'));
  const denied = {problem: 'failed', cause: 'EACCES'};
  const [fresh, stale] = (await jsonOf(rig, command, {uid: STRANGER, cwd: '/'})) as unknown[];
  t.deepEqual(fresh, denied);
  // Another user may not connect to it, and so cannot tell that nobody listens.
  t.deepEqual(stale, {problem: 'in-use', pid: null});
  t.true(existsSync(rig.path('stale')));
});

test.serial('a lock that somebody holds on the directory neither delays it nor is taken', t => {
  const directory = temporaryDirectory(t);
  const holder = closing(t, openSync(directory, 'r'));
  t.true(tryLock(holder));
  const start = performance.now();
  leaveStale(join(directory, 'socket'));
  bound(t, join(directory, 'socket'));
  const took = performance.now() - start;
  t.true(took < 900, String(took));
  t.deepEqual(readdirSync(directory), ['socket']);
});

test('with no descriptor left, that is the reason, and the path is not made', async t => {
  const rig = await createRig(t);
  const script = `${EXHAUST}
    import {bindUnixSocket} from '${source('daemon/sockets/unix-socket')}';
    const release = leave(1);
    const problem = bindUnixSocket('socket', {mode: 0o777, owner: null}, 10);
    release();
    const bound = bindUnixSocket('socket', {mode: 0o777, owner: null}, 10);
    console.log(JSON.stringify([problem, 'fd' in bound]));`;
  t.deepEqual(await jsonOf(rig, limited('n', 100, scriptCommand(script))), [
    {problem: 'failed', cause: 'EMFILE'},
    true,
  ]);
});

const withPerl = needs('perl');

withPerl(
  'where the process that called listen has ended, and a child has the socket, its pid is not told',
  async t => {
    const rig = await createRig(t);
    const script = `
    use Socket;
    socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un('socket')) && listen(S, 10) or die;
    if (fork) { exit } close STDOUT; close STDERR; sleep 1000`;
    await rig.run(['perl', '-e', script]);
    t.deepEqual(listenerAt(rig.path('socket')), {pid: null});
    t.deepEqual(take(rig.path('socket')), {problem: 'in-use', pid: null});
  },
);
