import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import * as posix from '../../../src/daemon/system/posix.js';
import {closing, flagsOf, openDescriptors} from '../../helpers/adapters/descriptors.js';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const {AF_UNIX, SOCK_DGRAM, SOCK_STREAM} = posix;

/** A unix socket bound to a path. */
function bound(t: Pick<ExecutionContext, 'teardown'>, path: string | null, type = SOCK_STREAM): number {
  const fd = closing(t, posix.socket(AF_UNIX, type));
  posix.bind(fd, posix.unixAddress(path));
  return fd;
}

test('a path that is there is EADDRINUSE, one in no directory ENOENT, one in a file ENOTDIR', t => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'socket');
  bound(t, path);
  writeFileSync(join(directory, 'file'), '');
  t.throws(() => bound(t, path), {code: 'EADDRINUSE'});
  t.throws(() => bound(t, join(directory, 'file')), {code: 'EADDRINUSE'});
  t.throws(() => bound(t, join(directory, 'no', 'socket')), {code: 'ENOENT'});
  t.throws(() => bound(t, join(directory, 'file', 'socket')), {code: 'ENOTDIR'});
});

test('without a path the kernel chooses an abstract address', t => {
  const [first, second] = [bound(t, null), bound(t, null)].map(posix.socketName);
  t.deepEqual([...(first ?? []).slice(0, 3)], [AF_UNIX, 0, 0]);
  t.is(first?.length, 8);
  t.notDeepEqual(first, second);
});

const options = test.macro({
  exec: (t, type: number, expected: number) => {
    const fd = closing(t, posix.socket(AF_UNIX, type));
    const SO_TYPE = 3;
    t.is(posix.socketOption(fd, posix.SOL_SOCKET, SO_TYPE, 4).readInt32LE(), expected);
    // What the kernel does not fill is 0.
    t.is(posix.socketOption(fd, posix.SOL_SOCKET, SO_TYPE, 64).readInt32LE(60), 0);
    t.throws(() => posix.socketOption(fd, posix.SOL_SOCKET, 9999, 4), {code: 'ENOPROTOOPT'});
    t.throws(() => posix.setSocketOption(fd, posix.SOL_SOCKET, 9999, 1), {code: 'ENOPROTOOPT'});
  },
  title: (given = '') =>
    `the options of a ${given} socket are read, and one that there is not is ENOPROTOOPT`,
});

test('stream', options, SOCK_STREAM, SOCK_STREAM);
test('datagram', options, SOCK_DGRAM, SOCK_DGRAM);

test('a probe returns the pid of the listener and changes nothing for it', t => {
  const path = join(temporaryDirectory(t), 'socket');
  const fd = bound(t, path);
  posix.listen(fd, 10);
  const before = openDescriptors(/socket/).length;
  t.deepEqual(posix.probeUnix(posix.unixAddress(path)), {pid: process.pid});
  t.is(openDescriptors(/socket/).length, before);
  t.deepEqual(flagsOf(fd), {closeOnExec: true, nonBlocking: false});
});

test('a probe says why nobody can be reached', t => {
  const directory = temporaryDirectory(t);
  const probe = (name: string) => posix.probeUnix(posix.unixAddress(join(directory, name)));
  bound(t, join(directory, 'stale'));
  bound(t, join(directory, 'datagram'), SOCK_DGRAM);
  writeFileSync(join(directory, 'file'), '');
  const full = bound(t, join(directory, 'full'));
  posix.listen(full, 0);
  t.deepEqual(probe('full'), {pid: process.pid}, 'one connection waits in a queue of 0');
  t.deepEqual(probe('full'), {code: 'EAGAIN'});
  t.deepEqual(probe('stale'), {code: 'ECONNREFUSED'});
  t.deepEqual(probe('datagram'), {code: 'EPROTOTYPE'});
  t.deepEqual(probe('file'), {code: 'ECONNREFUSED'});
  t.deepEqual(probe('nothing'), {code: 'ENOENT'});
});

asRoot('another user gets EACCES if the modes forbid the connection', async t => {
  const rig = await createRig(t);
  posix.listen(bound(t, rig.path('socket')), 10);
  chmodSync(rig.path('socket'), 0o600);
  const script = `
    import {AF_UNIX, bind, probeUnix, SOCK_STREAM, socket, unixAddress} from '${source('daemon/system/posix')}';
    const [socketPath, newPath] = process.argv.slice(1);
    let cause = null;
    try { bind(socket(AF_UNIX, SOCK_STREAM), unixAddress(newPath)); } catch (error) { cause = error.code; }
    console.log(JSON.stringify({probe: probeUnix(unixAddress(socketPath)), cause}));`;
  const command = scriptCommand(script, rig.path('socket'), rig.path('new'));
  chmodSync(rig.directory, 0o755);
  const found = await jsonOf(rig, command, {uid: STRANGER});
  t.deepEqual(found, {probe: {code: 'EACCES'}, cause: 'EACCES'});
});

test('a socket takes what it has room for at once, then EAGAIN; EPIPE, and no signal, when its peer is gone', async t => {
  const rig = await createRig(t);
  const script = `
    import {once} from 'node:events';
    import net from 'node:net';
    import {sendNow} from '${source('daemon/system/posix')}';
    const server = net.createServer({pauseOnConnect: true}).listen('socket');
    const client = net.connect('socket').pause();
    const [[peer]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    const fd = client._handle.fd;
    const data = Buffer.alloc(10_000_000);
    const taken = sendNow(fd, data);
    const causeOf = () => { try { return sendNow(fd, data); } catch (error) { return error.code; } };
    while (causeOf() !== 'EAGAIN');
    const closed = once(peer, 'close');
    peer.destroy();
    await closed;
    console.log(JSON.stringify([taken > 0 && taken < data.length, causeOf()]));
    process.exit();`;
  t.deepEqual(await jsonOf(rig, scriptCommand(script)), [true, 'EPIPE']);
});
