import {closeSync, constants, openSync, readSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import * as posix from '../../../src/daemon/system/posix.js';
import {MAX_SOCKET_PATH} from '../../../src/shared/instance-paths.js';
import {closing, flagsOf, makeFifo} from '../../helpers/adapters/descriptors.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

const PRIVATE = {closeOnExec: true, nonBlocking: false};
/** No process has a descriptor of this number. */
const NO_DESCRIPTOR = 1_000_000;

test('a socket and both ends of a pipe are close-on-exec and blocking', t => {
  const {readEnd, writeEnd} = posix.pipe();
  for (const fd of [posix.socket(posix.AF_UNIX, posix.SOCK_STREAM), readEnd, writeEnd]) {
    closing(t, fd);
    t.deepEqual(flagsOf(fd), PRIVATE);
  }
});

test('a duplicate above a number is close-on-exec, and the next one is above the first', t => {
  const fd = closing(t, openSync('/dev/null', 'r'));
  const first = closing(t, posix.duplicateAbove(fd, 500));
  const second = closing(t, posix.duplicateAbove(fd, first));
  t.true(first >= 500);
  t.true(second > first);
  t.deepEqual(flagsOf(first), PRIVATE);
});

test('a duplicate onto a number stays open across exec', t => {
  const fd = closing(t, openSync('/dev/null', 'r'));
  const target = closing(t, posix.duplicateAbove(fd, 600));
  posix.duplicateOnto(fd, target);
  t.false(flagsOf(target).closeOnExec);
  posix.setCloseOnExec(target);
  t.true(flagsOf(target).closeOnExec);
});

test('a descriptor that is made blocking keeps its other flags', t => {
  const path = join(temporaryDirectory(t), 'file');
  const {O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK} = constants;
  const fd = closing(t, openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600));
  t.true(flagsOf(fd).nonBlocking);
  posix.makeBlocking(fd);
  t.deepEqual(flagsOf(fd), PRIVATE);
  writeSync(fd, 'first');
  // At the end, whatever the position is: O_APPEND is still set.
  writeSync(fd, Buffer.from('second'), 0, 6, 0);
  const reader = closing(t, openSync(path, 'r'));
  const buffer = Buffer.alloc(32);
  t.is(buffer.toString('utf8', 0, readSync(reader, buffer)), 'firstsecond');
});

const refused = test.macro({
  exec: (t, action: (fd: number) => unknown) => {
    t.throws(() => action(NO_DESCRIPTOR), {code: 'EBADF'});
  },
  title: (given = '') => `${given} of a descriptor that is not open is EBADF`,
});

test('duplicateAbove', refused, fd => posix.duplicateAbove(fd, 3));
test('duplicateOnto', refused, fd => posix.duplicateOnto(fd, 700));
test('setCloseOnExec', refused, posix.setCloseOnExec);
test('makeBlocking', refused, posix.makeBlocking);
test('tryLock', refused, posix.tryLock);
test('listen', refused, fd => posix.listen(fd, 1));
test('socketName', refused, posix.socketName);
test('sendNow', refused, fd => posix.sendNow(fd, Buffer.from('x')));
test('peerOf', refused, posix.peerOf);

test('a lock that another open file has is not taken, and is free when that one is closed', t => {
  const path = join(temporaryDirectory(t), 'file');
  writeFileSync(path, '');
  const holder = openSync(path, 'r');
  const other = closing(t, openSync(path, 'r'));
  t.true(posix.tryLock(holder));
  t.true(posix.tryLock(holder), 'its holder has it');
  t.false(posix.tryLock(other));
  closeSync(holder);
  t.true(posix.tryLock(other));
});

test('a pipe is writable until it is full, and again when some of it was read', t => {
  const {readEnd, writeEnd} = makeFifo(t);
  t.true(posix.isWritable(writeEnd));
  const page = Buffer.alloc(4096);
  t.throws(
    () => {
      for (;;) writeSync(writeEnd, page);
    },
    {code: 'EAGAIN'},
  );
  t.false(posix.isWritable(writeEnd));
  readSync(readEnd, page);
  t.true(posix.isWritable(writeEnd));
});

test('an errno has the name that Node would give it, also one that libuv does not know', t => {
  const error = posix.systemError('execve', 8);
  t.like(error, {code: 'ENOEXEC', errno: -8, syscall: 'execve', message: 'execve: ENOEXEC'});
  t.is(posix.systemError('x', 98).code, 'EADDRINUSE');
  t.is(posix.systemError('x', 11).code, 'EAGAIN');
  t.is(posix.systemError('x', 4242).code, 'errno 4242');
});

test('only a numeric address of the family is parsed', t => {
  const [v4, v6] = [2, 10];
  t.deepEqual([...(posix.parseAddress(v4, '127.0.0.1') ?? [])].slice(0, 4), [127, 0, 0, 1]);
  t.deepEqual([...(posix.parseAddress(v6, '::1') ?? [])], [...Array(15).fill(0), 1]);
  for (const text of ['', '127.1', '127.0.0.256', '127.0.0.01', ' 127.0.0.1', '::1', 'localhost']) {
    t.is(posix.parseAddress(v4, text), null, text);
  }
  for (const text of ['', '[::1]', '::1%lo', '1::2::3', '127.0.0.1']) {
    t.is(posix.parseAddress(v6, text), null, text);
  }
});

test('the path of a unix socket has at most as many bytes as the kernel takes', t => {
  const directory = temporaryDirectory(t);
  const path = (bytes: number) => join(directory, 'x'.repeat(bytes - directory.length - 1));
  const longest = path(MAX_SOCKET_PATH);
  t.is(Buffer.byteLength(longest), 107);
  const bind = (name: string) => {
    const fd = closing(t, posix.socket(posix.AF_UNIX, posix.SOCK_STREAM));
    posix.bind(fd, posix.unixAddress(name));
    return fd;
  };
  const bound = posix.socketName(bind(longest));
  t.is(bound.toString('utf8', 2, 2 + 107), longest);
  t.throws(() => bind(path(MAX_SOCKET_PATH + 1)), {code: 'EINVAL'});
});
