import {existsSync, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openNotifySocket} from '../../../../src/daemon/workers/readiness/notify-socket.js';
import {temporaryDirectory} from '../../../helpers/adapters/temporary.js';
import {Mailbox} from '../../../helpers/mailbox.js';
import {needs} from '../../../helpers/programs.js';
import {createRig, type Rig} from '../../../helpers/rig.js';
import {asRoot, STRANGER} from '../../../helpers/root.js';

const withPython = needs('python3');

type Heard = {readonly text: string; readonly pid: number | null};

/** A socket whose directory is in `temporary`, and nowhere else. */
function opened(t: ExecutionContext, temporary: string) {
  const heard = new Mailbox<Heard>('a message');
  const all: Heard[] = [];
  const errors: string[] = [];
  const listener = {
    onMessage: (data: Buffer, pid: number | null) => {
      all.push({text: data.toString(), pid});
      heard.put({text: data.toString(), pid});
    },
    onFailed: (cause: string) => errors.push(cause),
    onWorks: () => {},
  };
  const socket = openNotifySocket(listener, undefined, [temporary]);
  let closed = false;
  const close = () => {
    if (!closed) socket.close();
    closed = true;
  };
  t.teardown(close);
  return {...socket, close, all, errors, next: () => heard.take()};
}

const command = (address: string, messages: readonly string[]) => [
  'python3',
  '-c',
  `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1].replace('@', '\\0', 1))
for message in sys.argv[2:]: s.send(message.encode())
print(os.getpid())`,
  address,
  ...messages,
];

async function send(rig: Rig, address: string, messages: readonly string[], uid?: number): Promise<number> {
  const {stdout, stderr} = await rig.run(
    command(address, messages),
    uid === undefined ? {cwd: '/'} : {uid, cwd: '/'},
  );
  if (stderr !== '') throw new Error(stderr);
  return Number(stdout);
}

withPython('messages come in order, with the pid of their sender', async t => {
  const rig = await createRig(t);
  const {address, next, errors} = opened(t, rig.directory);
  const pid = await send(rig, address, ['READY=1', 'STATUS=fine']);
  t.deepEqual(await next(), {text: 'READY=1', pid});
  t.deepEqual(await next(), {text: 'STATUS=fine', pid});
  t.deepEqual(errors, []);
});

test('it is in a directory of its own, which others may enter and not change, and is removed with it', t => {
  const directory = temporaryDirectory(t);
  const {address, close} = opened(t, directory);
  t.is(dirname(dirname(address)), directory);
  t.is(statSync(dirname(address)).mode & 0o777, 0o711);
  t.is(statSync(address).mode & 0o777, 0o666);
  close();
  t.deepEqual(readdirSync(directory), []);
});

asRoot('another user can reach it', async t => {
  const rig = await createRig(t);
  const {address, next} = opened(t, '/tmp');
  const pid = await send(rig, address, ['READY=1'], STRANGER);
  t.deepEqual(await next(), {text: 'READY=1', pid});
});

for (const [what, place] of [
  ['no directory for temporary files', 'no'],
  ['one whose path is too long', 'x'.repeat(90)],
] as const) {
  withPython(`with ${what} its address is abstract, and works`, async t => {
    const rig = await createRig(t);
    const temporary = rig.path(place);
    if (place !== 'no') mkdirSync(temporary);
    const {address, next} = opened(t, temporary);
    t.regex(address, /^@[0-9a-f]{5}$/);
    const pid = await send(rig, address, ['READY=1']);
    t.deepEqual(await next(), {text: 'READY=1', pid});
    if (place !== 'no') t.deepEqual(readdirSync(temporary), []);
  });
}

withPython('what has come is given at once when that is asked for, and each message once', async t => {
  const rig = await createRig(t);
  const {address, drain, all} = opened(t, rig.directory);
  await send(rig, address, ['1', '2', '3', '4', '5']);
  drain();
  await send(rig, address, ['last']);
  drain();
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)));
  const texts = all.map(({text}) => text);
  t.deepEqual(texts, ['1', '2', '3', '4', '5', 'last']);
});

withPython('after its end nothing is heard of', async t => {
  const rig = await createRig(t);
  const [ended, other] = [opened(t, rig.directory), opened(t, rig.directory)];
  ended.close();
  await t.throwsAsync(send(rig, ended.address, ['late']), {message: /FileNotFoundError/});
  await send(rig, other.address, ['heard']);
  await other.next();
  t.deepEqual([ended.all, ended.errors], [[], []]);
});

test('it ends well when somebody has cleaned up in the temporary directory', t => {
  const directory = temporaryDirectory(t);
  const {address, close} = opened(t, directory);
  rmSync(dirname(address), {recursive: true});
  t.notThrows(close);
  t.false(existsSync(join(directory, 'no')));
});
