import {closeSync, linkSync, lstatSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {AF_UNIX, bind, SOCK_STREAM, socket, unixAddress} from '../../../../src/daemon/system/posix.js';
import {giveSocket, groupNumber, userNumber} from '../../../../src/daemon/system/unix/owner.js';
import {temporaryDirectory} from '../../../helpers/adapters/temporary.js';
import {asRoot} from '../../../helpers/root.js';

const SOMEBODY = {uid: 1234, gid: 2345};

test('users and groups are found by name, and numbers are taken as they are', t => {
  t.deepEqual([userNumber('root'), groupNumber('root')], [0, 0]);
  t.deepEqual([userNumber('4294967294'), groupNumber('07')], [4_294_967_294, 7]);
  t.deepEqual([userNumber('no-such-user'), groupNumber('no-such-group')], [null, null]);
});

function bound(t: ExecutionContext): string {
  const path = join(temporaryDirectory(t), 'socket');
  const fd = socket(AF_UNIX, SOCK_STREAM);
  bind(fd, unixAddress(path));
  closeSync(fd);
  return path;
}

const ownerOf = (path: string) => {
  const {uid, gid} = lstatSync(path);
  return {uid, gid};
};

asRoot('a new socket is given away, whole or in part', async t => {
  const path = bound(t);
  giveSocket(path, {uid: -1, gid: 2345});
  t.deepEqual(ownerOf(path), {uid: 0, gid: 2345});
  giveSocket(path, SOMEBODY);
  t.deepEqual(ownerOf(path), SOMEBODY);
});

asRoot('whatever else is there keeps its owner', async t => {
  const path = bound(t);
  const other = (name: string) => `${path}-${name}`;
  writeFileSync(other('file'), 'precious');
  symlinkSync(other('file'), other('link'));
  symlinkSync(path, other('link-to-socket'));
  linkSync(path, other('second-name'));
  for (const name of ['file', 'link', 'link-to-socket', 'second-name']) {
    t.throws(() => giveSocket(other(name), SOMEBODY), {message: 'another process has taken the path'}, name);
  }
  for (const name of ['file', 'second-name']) t.deepEqual(ownerOf(other(name)), {uid: 0, gid: 0}, name);
  const foreign = bound(t);
  giveSocket(foreign, SOMEBODY);
  t.throws(() => giveSocket(foreign, SOMEBODY), {message: 'another process has taken the path'});
  t.throws(() => giveSocket(other('nothing'), SOMEBODY), {code: 'ENOENT'});
});
