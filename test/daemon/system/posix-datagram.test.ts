import {closeSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {socketName} from '../../../src/daemon/system/posix.js';
import {
  openDatagramSocket,
  receiveNow,
  shutdownSocket,
  untilReadable,
} from '../../../src/daemon/system/posix-datagram.js';
import {closing, flagsOf, openDescriptors} from '../../helpers/adapters/descriptors.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig} from '../../helpers/rig.js';

const withPython = needs('python3');

/** Sends from a process of its own. @returns the pid of that process */
async function send(rig: Rig, path: string, statements: string): Promise<number> {
  const script = `
import os, socket, array
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(${JSON.stringify(path)}.replace('@', '\\0', 1))
${statements}
print(os.getpid())`;
  const {stdout, stderr} = await rig.run(['python3', '-c', script]);
  if (stderr !== '') throw new Error(stderr);
  return Number(stdout);
}

const textOf = (message: {readonly data: Buffer} | null) => message?.data.toString();

test('the socket is close-on-exec and blocking, and empty until something arrives', t => {
  const fd = closing(t, openDatagramSocket(join(temporaryDirectory(t), 'socket')));
  t.deepEqual(flagsOf(fd), {closeOnExec: true, nonBlocking: false});
  t.is(receiveNow(fd), null);
});

withPython('each datagram comes whole, in order, with the pid of its sender', async t => {
  const rig = await createRig(t);
  const path = rig.path('socket');
  const fd = closing(t, openDatagramSocket(path));
  const pid = await send(rig, path, "s.send(b'one'); s.send(b''); s.send(b'three')");
  t.deepEqual(
    [receiveNow(fd), receiveNow(fd), receiveNow(fd)].map(message => [textOf(message), message?.pid]),
    [
      ['one', pid],
      ['', pid],
      ['three', pid],
    ],
  );
  t.is(receiveNow(fd), null);
});

withPython('an abstract address works as a path does', async t => {
  const rig = await createRig(t);
  const fd = closing(t, openDatagramSocket(null));
  await send(rig, `@${socketName(fd).subarray(3).toString('latin1')}`, "s.send(b'hello')");
  t.is(textOf(receiveNow(fd)), 'hello');
});

withPython('a datagram that is too long is cut, and the next one is whole', async t => {
  const rig = await createRig(t);
  const fd = closing(t, openDatagramSocket(rig.path('socket')));
  await send(rig, rig.path('socket'), "s.send(b'a' * 4096); s.send(b'b' * 50000); s.send(b'next')");
  t.is(textOf(receiveNow(fd)), 'a'.repeat(4096));
  t.is(textOf(receiveNow(fd)), 'b'.repeat(4096));
  t.is(textOf(receiveNow(fd)), 'next');
});

withPython(
  'descriptors that come with a datagram are dropped, and its sender is known all the same',
  async t => {
    const rig = await createRig(t);
    const fd = closing(t, openDatagramSocket(rig.path('socket')));
    const statements = `
fds = [os.open('/dev/zero', os.O_RDONLY) for _ in range(100)]
s.sendmsg([b'gifts'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))])`;
    const pid = await send(rig, rig.path('socket'), statements);
    const message = receiveNow(fd);
    t.deepEqual([textOf(message), message?.pid], ['gifts', pid]);
    t.deepEqual(openDescriptors(/zero/), []);
  },
);

withPython(
  'a wait ends when something comes, which it leaves there, and when the socket is shut down',
  async t => {
    const rig = await createRig(t);
    const fd = openDatagramSocket(rig.path('socket'));
    const waiting = untilReadable(fd);
    const pid = await send(rig, rig.path('socket'), "s.send(b'hello')");
    await waiting;
    await untilReadable(fd);
    const message = receiveNow(fd);
    t.deepEqual([textOf(message), message?.pid], ['hello', pid]);
    const vain = untilReadable(fd);
    shutdownSocket(fd);
    await vain;
    await untilReadable(fd);
    closeSync(fd);
  },
);

test('a place that cannot be used is an error, and no descriptor is left open', t => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'socket');
  closing(t, openDatagramSocket(path));
  const before = openDescriptors(/socket/).length;
  t.throws(() => openDatagramSocket(path), {code: 'EADDRINUSE'});
  t.throws(() => openDatagramSocket(join(directory, 'no', 'socket')), {code: 'ENOENT'});
  t.throws(() => openDatagramSocket(join(directory, 'x'.repeat(108))), {code: 'EINVAL'});
  t.is(openDescriptors(/socket/).length, before);
  t.true(statSync(path).isSocket());
});

test('reading from a descriptor that is not a socket is an error', async t => {
  await untilReadable(1_000_000);
  t.throws(() => receiveNow(1_000_000), {code: 'EBADF'});
  t.throws(() => shutdownSocket(1_000_000), {code: 'EBADF'});
});
