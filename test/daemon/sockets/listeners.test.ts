import {existsSync, readFileSync, statSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import {acceptQueue} from '../../../src/daemon/sockets/accept-queue.js';
import type {Listener} from '../../../src/daemon/sockets/listener.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
import {SOL_SOCKET, socketOption} from '../../../src/daemon/system/posix.js';
import type {Failure} from '../../../src/shared/words/errors.js';
import {Refusal} from '../../../src/shared/words/errors.js';
import {flagsOf, openDescriptors} from '../../helpers/adapters/descriptors.js';
import {jsonOf, limited, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, POWERLESS} from '../../helpers/root.js';

const [SO_REUSEADDR, SO_ACCEPTCONN, IPPROTO_IPV6, IPV6_V6ONLY] = [2, 30, 41, 26];
const SOCKETS = /socket:/;

/** Listeners for these ports (`8080`, `[::1]:u0`) and paths (with a `/`). */
function open(specs: readonly string[], backlog: number | null = 10): Promise<Listener[]> {
  const parsed = specs.map(spec => (spec.includes('/') ? parsePath(spec) : parsePort(spec)));
  return openListeners({listeners: placeListeners(parsed), backlog});
}

async function opened(t: ExecutionContext, ...specs: readonly string[]): Promise<readonly Listener[]> {
  const listeners = await open(specs);
  t.teardown(() => closeListeners(listeners));
  return listeners;
}

async function refusal(...specs: readonly string[]): Promise<Failure> {
  try {
    closeListeners(await open(specs));
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
  throw new Error('it was not refused');
}

const optionOf = (listener: Listener | undefined, level: number, option: number) =>
  socketOption(listener?.own ?? -1, level, option, 4).readInt32LE();

test('every listener is close-on-exec and blocking, and above all numbers of the workers', async t => {
  const path = join(temporaryDirectory(t), 'socket');
  const listeners = await opened(t, '127.0.0.1:0', '127.0.0.1:u0', '[::1]:0=70', path);
  for (const {own} of listeners) {
    t.deepEqual(flagsOf(own), {closeOnExec: true, nonBlocking: false});
    t.true(own > 70);
  }
  t.deepEqual(
    listeners.map(({type, fd}) => `${type} ${fd}`),
    ['tcp 3', 'udp 4', 'tcp 70', 'unix 5'],
  );
});

test('the address is what was bound in fact', async t => {
  const path = join(temporaryDirectory(t), 'socket');
  const [tcp, udp, v6, unix] = await opened(t, '127.0.0.1:0', '127.0.0.1:u0', '[::1]:0', path);
  t.regex(tcp?.address ?? '', /^127\.0\.0\.1:[1-9]\d*$/);
  t.regex(udp?.address ?? '', /^127\.0\.0\.1:[1-9]\d*$/);
  t.regex(v6?.address ?? '', /^\[::1\]:[1-9]\d*$/);
  t.is(unix?.address, path);
});

test('TCP may reuse an address, UDP may not; IPv6 is only IPv6; UDP does not listen', async t => {
  const [tcp, udp, v6] = await opened(t, '127.0.0.1:0', '[::1]:u0', '[::1]:0');
  const flags = [tcp, udp, v6].map(listener => [
    optionOf(listener, SOL_SOCKET, SO_REUSEADDR),
    optionOf(listener, SOL_SOCKET, SO_ACCEPTCONN),
  ]);
  t.deepEqual(flags, [
    [1, 1],
    [0, 0],
    [1, 1],
  ]);
  t.is(optionOf(v6, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  t.is(optionOf(udp, IPPROTO_IPV6, IPV6_V6ONLY), 1);
});

test('a port of IPv4 and of IPv6 can be had side by side', async t => {
  const [v6] = await opened(t, '[::]:0');
  const port = v6?.address.split(':').at(-1);
  const [v4] = await opened(t, `0.0.0.0:${port}`);
  t.is(v4?.address, `0.0.0.0:${port}`);
});

test.serial('if one fails, all that were made before it are closed and removed', async t => {
  const directory = temporaryDirectory(t);
  const [taken] = await opened(t, '127.0.0.1:0');
  const before = openDescriptors(SOCKETS);
  const failure = await refusal(join(directory, 'socket'), '127.0.0.1:0', taken?.address ?? '');
  t.deepEqual(failure, {
    code: 'listen-failed',
    type: 'tcp',
    address: taken?.address ?? '',
    cause: 'EADDRINUSE',
    holder: {own: true},
  });
  t.deepEqual(openDescriptors(SOCKETS), before);
  t.false(existsSync(join(directory, 'socket')));
});

test.serial('a UDP port that somebody has is refused', async t => {
  const [taken] = await opened(t, '127.0.0.1:u0');
  const [host, port] = taken?.address.split(':') ?? [];
  t.like(await refusal(`${host}:u${port}`), {code: 'listen-failed', type: 'udp', cause: 'EADDRINUSE'});
});

test.serial('an address that no interface has is refused', async t => {
  const address = '192.0.2.1:8080';
  t.like(await refusal(address), {code: 'listen-failed', address, cause: 'EADDRNOTAVAIL'});
});

test.serial('paths that cannot be taken are refused, each for its reason', async t => {
  const directory = temporaryDirectory(t);
  const [living] = await opened(t, join(directory, 'living'));
  const file = join(directory, 'file');
  writeFileSync(file, 'precious');
  const path = living?.name ?? '';
  t.deepEqual(await refusal(path), {code: 'path-in-use', path, pid: process.pid});
  t.deepEqual(await refusal(file), {code: 'path-not-a-socket', path: file});
  const nowhere = join(directory, 'no', 'socket');
  t.deepEqual(await refusal(nowhere), {
    code: 'listen-failed',
    type: 'unix',
    address: nowhere,
    cause: 'ENOENT',
    holder: null,
  });
  t.is(readFileSync(file, 'utf8'), 'precious');
});

test('at the end a path is removed if it is still ours, and left if it is not', async t => {
  const directory = temporaryDirectory(t);
  const [own, foreign] = [join(directory, 'own'), join(directory, 'foreign')];
  const listeners = await open([own, foreign]);
  t.is(statSync(own).mode & 0o777, 0o777);
  unlinkSync(foreign);
  writeFileSync(foreign, 'precious');
  closeListeners(listeners);
  t.false(existsSync(own));
  t.is(readFileSync(foreign, 'utf8'), 'precious');
  for (const {own: fd} of listeners) t.throws(() => flagsOf(fd), {code: 'ENOENT'});
});

test('a number beyond the limit of open files is refused before anything is made', async t => {
  const rig = await createRig(t);
  const script = `
    import {openListeners} from '${source('daemon/sockets/listeners')}';
    import {parsePort, placeListeners} from '${source('daemon/config/address')}';
    const attempt = specs => openListeners({listeners: placeListeners(specs.map(parsePort)), backlog: 10}).then(
      listeners => listeners.map(({fd}) => fd),
      error => error.failure,
    );
    console.log(JSON.stringify([await attempt(['127.0.0.1:0=98']), await attempt(['127.0.0.1:0=99'])]));`;
  t.deepEqual(await jsonOf(rig, limited('n', 100, scriptCommand(script))), [
    [98],
    {code: 'descriptor-too-high', fd: 99, limit: 100},
  ]);
});

asRoot('a privileged port without the right to it is refused', async t => {
  const rig = await createRig(t);
  const script = `
    import {openListeners} from '${source('daemon/sockets/listeners')}';
    import {parsePort, placeListeners} from '${source('daemon/config/address')}';
    const error = await openListeners({listeners: placeListeners([parsePort('127.0.0.1:1')]), backlog: 10}).catch(error => error);
    console.log(JSON.stringify(error.failure));`;
  t.deepEqual(await jsonOf(rig, [...POWERLESS, ...scriptCommand(script)]), {
    code: 'listen-failed',
    type: 'tcp',
    address: '127.0.0.1:1',
    cause: 'EACCES',
    holder: null,
  });
});

test('the backlog is as asked, or as long as the kernel allows', async t => {
  const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  for (const [asked, limit] of [
    [5, 5],
    [null, most],
  ] as const) {
    const listeners = await open(['127.0.0.1:0'], asked);
    t.teardown(() => closeListeners(listeners));
    t.deepEqual(listeners.map(acceptQueue), [{waiting: 0, limit}]);
  }
});
