import {linkSync, readFileSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {identityOf, isOwnPath, removeOwnPath} from '../../../src/daemon/files/own-path.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

function ownFile(t: ExecutionContext) {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'file');
  writeFileSync(path, 'own');
  return {path, other: join(directory, 'other'), identity: identityOf(path)};
}

test('a file that we made is removed; a second removal does nothing', t => {
  const {path, identity} = ownFile(t);
  t.true(isOwnPath(path, identity));
  removeOwnPath(path, identity);
  t.false(isOwnPath(path, identity));
  t.notThrows(() => removeOwnPath(path, identity));
});

test('a file that somebody has put in its place is left', t => {
  const {path, other, identity} = ownFile(t);
  writeFileSync(other, 'precious');
  renameSync(other, path);
  t.false(isOwnPath(path, identity));
  removeOwnPath(path, identity);
  t.is(readFileSync(path, 'utf8'), 'precious');
});

test('a symbolic link to what was made is not what was made', t => {
  const {path, other, identity} = ownFile(t);
  renameSync(path, other);
  symlinkSync(other, path);
  t.false(isOwnPath(path, identity));
  removeOwnPath(path, identity);
  t.is(readFileSync(path, 'utf8'), 'own');
});

test('another name of the same file is removed, and the file stays', t => {
  const {path, other, identity} = ownFile(t);
  linkSync(path, other);
  t.true(isOwnPath(other, identity));
  removeOwnPath(other, identity);
  t.is(statSync(path).nlink, 1);
});

test('a missing path has no identity', t => {
  const {path, identity} = ownFile(t);
  unlinkSync(path);
  t.throws(() => identityOf(path), {code: 'ENOENT'});
  t.false(isOwnPath(join(path, 'below'), identity));
});
